/**
 * Deadlines of calls without a timer for each: calls with the same timeout run out in the order they were started, so
 * each timeout has a queue, and only its first call need be looked at. There are as many queues as timeouts in use: one
 * or two.
 *
 * The queues are linked through the streams themselves: a call that ends in time leaves at once and for nothing.
 */
import type { Nanoseconds } from "../units.js";

/** A stream, as far as deadlines go. */
export interface Timed<Stream extends Timed<Stream>> {
  deadline: number;
  queue: DeadlineQueue<Stream> | null;
  earlier: Stream | null;
  later: Stream | null;
}

/** Callers with a timeout of its own for each call would leave a queue for each behind. */
const MAX_IDLE_QUEUES = 16;

export class Deadlines<Stream extends Timed<Stream>> {
  private readonly queues = new Map<number, DeadlineQueue<Stream>>();

  /** `at` never decreases from call to call. */
  add(stream: Stream, at: Nanoseconds, timeoutNs: Nanoseconds): void {
    let queue = this.queues.get(timeoutNs);
    if (queue === undefined) this.queues.set(timeoutNs, (queue = new DeadlineQueue<Stream>()));
    stream.deadline = at + timeoutNs;
    queue.append(stream);
  }

  remove(stream: Stream): void {
    stream.queue?.remove(stream);
  }

  /** Different timeouts that are kept. */
  get timeouts(): number {
    return this.queues.size;
  }

  /** Hands over each call whose deadline has come; `onExpired` must remove it. */
  expire(at: Nanoseconds, onExpired: (stream: Stream) => void): void {
    for (const [timeoutNs, queue] of this.queues) {
      while (queue.first !== null && queue.first.deadline <= at) onExpired(queue.first);
      if (queue.first === null && this.queues.size > MAX_IDLE_QUEUES) this.queues.delete(timeoutNs);
    }
  }
}

export class DeadlineQueue<Stream extends Timed<Stream>> {
  first: Stream | null = null;
  private last: Stream | null = null;

  append(stream: Stream): void {
    stream.queue = this;
    stream.earlier = this.last;
    stream.later = null;
    if (this.last === null) this.first = stream;
    else this.last.later = stream;
    this.last = stream;
  }

  remove(stream: Stream): void {
    const { earlier, later } = stream;
    if (earlier === null) this.first = later;
    else earlier.later = later;
    if (later === null) this.last = earlier;
    else later.earlier = earlier;
    stream.queue = null;
    stream.earlier = stream.later = null;
  }
}
