import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';
import { operatorPassword } from './insights/operator.guard';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  // On SIGTERM, Nest answers running requests and closes the pool; pg-otel exports pending telemetry.
  app.enableShutdownHooks();
  const port = process.env.PORT ?? 3000;
  await app.listen(port);
  const url = `http://localhost:${port}`;
  console.log(`Books:    ${url}/books
  curl ${url}/books --json '{"title": "Emma", "author": "Jane Austen"}'
  curl ${url}/books/report        # slow
  curl ${url}/health
Insights: ${url}/insights  (user operator, password ${operatorPassword.shown})`);
}
bootstrap();
