export { compileGrafana, dashboards } from './compile';
export { dashboardQueries, withoutVariables } from './dashboard-queries';
