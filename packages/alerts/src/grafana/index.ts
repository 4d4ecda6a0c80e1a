export { compileGrafana, dashboards } from './compile';
export { type DashboardQuery, dashboardQueries, withoutVariables } from './dashboard-queries';
