import { Controller, Get, Req, Res, UseGuards } from '@nestjs/common';
import { createInsightsHandler } from '@pg-otel/insights';
import type { Request, Response } from 'express';
import { OperatorGuard } from './operator.guard';

const insights = createInsightsHandler({
  path: '/insights',
  // The guard has authorized the request.
  authorize: () => true,
});

@Controller('insights')
@UseGuards(OperatorGuard)
export class InsightsController {
  @Get(['', ':endpoint'])
  show(@Req() request: Request, @Res() response: Response) {
    insights(request, response);
  }
}
