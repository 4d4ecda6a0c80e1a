import { Module } from '@nestjs/common';
import { HealthController } from './health.controller';
import { InsightsController } from './insights.controller';

@Module({ controllers: [InsightsController, HealthController] })
export class InsightsModule {}
