import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import type { Request, Response } from 'express';

const { OPERATOR_PASSWORD } = process.env;
const password = OPERATOR_PASSWORD ?? randomBytes(9).toString('base64url');
const expected = digest(`operator:${password}`);

/** A password of the environment is not printed. */
export const operatorPassword = {
  shown: OPERATOR_PASSWORD === undefined ? password : 'as in OPERATOR_PASSWORD',
};

/** The application's own authorization. Replace it by yours, such as Passport. */
@Injectable()
export class OperatorGuard implements CanActivate {
  canActivate(context: ExecutionContext) {
    const http = context.switchToHttp();
    const { authorization } = http.getRequest<Request>().headers;
    const [, credentials = ''] = authorization?.match(/^Basic (.+)$/i) ?? [];
    if (timingSafeEqual(digest(Buffer.from(credentials, 'base64')), expected)) return true;
    // The browser asks for the password.
    http.getResponse<Response>().setHeader('WWW-Authenticate', 'Basic realm="operators"');
    throw new UnauthorizedException();
  }
}

function digest(text: string | Buffer) {
  return createHash('sha256').update(text).digest();
}
