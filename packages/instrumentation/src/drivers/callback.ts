// biome-ignore lint/suspicious/noExplicitAny: a driver's callbacks and arguments, passed on as they are
export type Callback = (this: any, ...args: any[]) => any;
