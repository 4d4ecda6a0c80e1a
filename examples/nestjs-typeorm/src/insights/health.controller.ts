import { Controller, Get, Req, Res } from '@nestjs/common';
import { createInsightsHandler } from '@pg-otel/insights';
import type { Request, Response } from 'express';

/** For load balancers and probes: 200, or 503 while a pool is down. */
const health = createInsightsHandler({ authorize: (_request, endpoint) => endpoint === 'health' });

@Controller('health')
export class HealthController {
  @Get()
  check(@Req() request: Request, @Res() response: Response) {
    health(request, response);
  }
}
