import type { Clock } from './clock';
import type { Random } from './random';
import type { FaultyServer } from './scenario';
import type { Step, Work } from './work';

// Inside jest, each access to a global takes long.
const { max, min } = Math;
const NEVER = Number.POSITIVE_INFINITY;

interface Running {
  readonly steps: readonly Step[];
  step: number;
  row: number | undefined;
  readonly work: Work;
  /** Of the virtual CPU time. */
  cpuUntil: number;
  done: ((isServed: boolean) => void) | undefined;
}

/** A Postgres whose queries share its cores, sleep, and wait for rows in the order of arrival. */
export class Server implements FaultyServer {
  isUp = true;
  connections = 0;
  readonly maxConnections: number;
  #factors = { cpu: 1, sleep: 1 };
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #cores: number;
  /** Those that need CPU now, the first to finish first: all progress equally fast. */
  readonly #onCpu: Running[] = [];
  /** CPU time that each of them has got since the beginning. */
  #cpuTime = 0;
  #cpuRate = 0;
  #advancedAt = 0;
  readonly #waitingForRow = new Map<number, Running[]>();
  readonly #heldRows = new Set<number>();
  #waitingForRows = 0;
  readonly #running = new Set<Running>();
  #frozenAt: number | undefined;
  #thawed: (() => void)[] = [];

  constructor(
    clock: Clock,
    random: Random,
    { cores, maxConnections }: { cores: number; maxConnections: number },
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#cores = cores;
    this.maxConnections = maxConnections;
  }

  /** When the next query leaves the CPU. */
  get nextAt(): number {
    const first = this.#onCpu[0];
    if (first === undefined || this.#frozenAt !== undefined) return NEVER;
    return this.#advancedAt + max(0, first.cpuUntil - this.#cpuTime) / this.#cpuRate;
  }

  runNext(): void {
    this.#clock.now = this.nextAt;
    this.#advance();
    const first = this.#onCpu.shift();
    if (first === undefined) return;
    this.#cpuTime = max(this.#cpuTime, first.cpuUntil);
    this.#next(first);
    this.#setRate(first.work);
  }

  run(work: Work, done: (isServed: boolean) => void): void {
    const running: Running = {
      steps: work.steps(this.#random),
      step: 0,
      row: undefined,
      work,
      cpuUntil: 0,
      done,
    };
    this.#running.add(running);
    this.#next(running);
    this.#setRate(work);
  }

  slowDown(factors: { cpu?: number; sleep?: number }): void {
    this.#factors = { ...this.#factors, ...factors };
  }

  stop(): void {
    this.isUp = false;
    this.connections = 0;
    const lost = [...this.#running];
    this.#running.clear();
    this.#onCpu.length = 0;
    this.#waitingForRow.clear();
    this.#heldRows.clear();
    this.#waitingForRows = 0;
    for (const running of lost) this.#finish(running, false);
  }

  start(): void {
    this.isUp = true;
  }

  freeze(): void {
    this.#advance();
    this.#frozenAt = this.#clock.now;
  }

  thaw(): void {
    this.#frozenAt = undefined;
    this.#advancedAt = this.#clock.now;
    for (const go of this.#thawed.splice(0)) go();
  }

  /** After a time in which the server is not frozen. */
  after(seconds: number, run: () => void): void {
    this.#clock.after(seconds, () => {
      if (this.#frozenAt === undefined) run();
      else this.#thawed.push(run);
    });
  }

  #next(running: Running): void {
    const step = running.steps[running.step++];
    if (step === undefined) {
      this.#running.delete(running);
      this.#finish(running, true);
    } else if (step === 'unlock') {
      this.#unlock(running);
      this.#next(running);
    } else if ('cpu' in step) {
      this.#useCpu(running, step.cpu);
    } else if ('sleep' in step) {
      this.after(step.sleep * this.#factors.sleep, () => {
        if (running.done === undefined) return;
        this.#next(running);
        this.#setRate(running.work);
      });
    } else {
      this.#lock(running, step.lock);
    }
  }

  #useCpu(running: Running, seconds: number): void {
    this.#advance();
    running.cpuUntil = this.#cpuTime + seconds;
    const list = this.#onCpu;
    let index = list.length;
    while (index > 0 && (list[index - 1] as Running).cpuUntil > running.cpuUntil) index--;
    list.splice(index, 0, running);
  }

  #lock(running: Running, row: number): void {
    running.row = row;
    if (!this.#heldRows.has(row)) {
      this.#heldRows.add(row);
      this.#next(running);
      return;
    }
    const waiting = this.#waitingForRow.get(row) ?? [];
    this.#waitingForRow.set(row, waiting);
    waiting.push(running);
    this.#waitingForRows++;
  }

  #unlock({ row }: Running): void {
    if (row === undefined) return;
    const next = this.#waitingForRow.get(row)?.shift();
    if (next === undefined) {
      this.#heldRows.delete(row);
      return;
    }
    this.#waitingForRows--;
    this.#next(next);
  }

  #advance(): void {
    if (this.#frozenAt === undefined) {
      this.#cpuTime += (this.#clock.now - this.#advancedAt) * this.#cpuRate;
    }
    this.#advancedAt = this.#clock.now;
  }

  /** After any change of those that run. */
  #setRate(work: Work): void {
    this.#advance();
    const share = min(1, this.#cores / max(1, this.#onCpu.length));
    this.#cpuRate = share / work.overhead(this.#running.size, this.#waitingForRows) / this.#factors.cpu;
  }

  #finish(running: Running, isServed: boolean): void {
    const { done } = running;
    running.done = undefined;
    done?.(isServed);
  }
}
