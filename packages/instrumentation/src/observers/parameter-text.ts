import type { Platform } from '../platform';
import { copyText } from '../text-copies';

/** The depth to which nested objects are read. */
const DEEPEST = 3;

type IsProxy = Platform['isProxy'];

/**
 * Returns bound values as text, cut and copied, so that a span references no value. No code of a value runs: no method
 * (`toPostgres`, `toJSON`, methods of a subclass), no getter and no Proxy trap. Only the driver may run such code.
 *
 * @param isProxy detects Proxies; without it, the contents of objects are not read
 */
export function parameterTexts(values: readonly unknown[], maxLength: number, isProxy: IsProxy): string[] {
  if (isProxy?.(values)) return [];
  return Array.from({ length: values.length }, (_, index) => {
    const text = new CutText(maxLength, isProxy);
    text.addMember(values, index, 0);
    return copyText(text.cut);
  });
}

/** A text of limited length. Values beyond the limit are not read. */
class CutText {
  readonly #maxLength: number;
  readonly #isProxy: IsProxy;
  #text = '';

  constructor(maxLength: number, isProxy: IsProxy) {
    this.#maxLength = maxLength;
    this.#isProxy = isProxy;
  }

  get cut(): string {
    return this.#text.slice(0, this.#maxLength);
  }

  #isFull(): boolean {
    return this.#text.length >= this.#maxLength;
  }

  addMember(object: object, key: string | number, depth: number): void {
    const member = Object.getOwnPropertyDescriptor(object, key);
    if (member?.get === undefined && member?.set === undefined) this.#add(member?.value, depth);
    else this.#text += '[Getter]';
  }

  #add(value: unknown, depth: number): void {
    if (typeof value === 'string') {
      const start = value.slice(0, this.#maxLength);
      this.#text += depth === 0 ? start : `'${start}'`;
    } else if (typeof value === 'function') this.#text += '[Function]';
    else if (typeof value !== 'object' || value === null) this.#text += String(value);
    else this.#addObject(value, depth);
  }

  #addObject(value: object, depth: number): void {
    const typedArray = nameOfTypedArray(value);
    const time = timeOf(value);
    if (typedArray === 'Uint8Array') this.#addBytes(value as Uint8Array);
    else if (typedArray !== undefined) this.#text += `[${typedArray}]`;
    else if (time !== undefined)
      this.#text += Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString();
    else if (this.#isProxy === undefined) this.#text += '[object]';
    else if (this.#isProxy(value)) this.#text += '[Proxy]';
    else if (depth >= DEEPEST) this.#text += Array.isArray(value) ? '[Array]' : '[Object]';
    else if (Array.isArray(value)) this.#addElements(value, depth);
    else this.#addProperties(value, depth);
  }

  #addElements(array: readonly unknown[], depth: number): void {
    if (array.length === 0) this.#text += '[]';
    for (let index = 0; index < array.length && !this.#isFull(); index += 1) {
      this.#text += index === 0 ? '[ ' : ', ';
      this.addMember(array, index, depth + 1);
      if (index === array.length - 1) this.#text += ' ]';
    }
  }

  /** Lists the names of all properties, which costs less than the driver's `JSON.stringify`. */
  #addProperties(object: object, depth: number): void {
    const names = Object.keys(object);
    if (names.length === 0) this.#text += '{}';
    for (let index = 0; index < names.length && !this.#isFull(); index += 1) {
      const name = names[index] as string;
      this.#text += `${index === 0 ? '{ ' : ', '}${name.slice(0, this.#maxLength)}: `;
      this.addMember(object, name, depth + 1);
      if (index === names.length - 1) this.#text += ' }';
    }
  }

  #addBytes(bytes: Uint8Array): void {
    this.#text += '\\x';
    for (let index = 0; !this.#isFull(); index += 1) {
      const byte = bytes[index];
      if (byte === undefined) return;
      this.#text += byte.toString(16).padStart(2, '0');
    }
  }
}

/** Reads the internal type of an object, which a subclass cannot change (ECMAScript, `%TypedArray%.prototype`). */
const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get as () => string | undefined;
const nameOfTypedArray = (value: object): string | undefined => Reflect.apply(typedArrayTag, value, []);

/** The time of a Date in milliseconds; `undefined` for any other object, for which the method throws. */
function timeOf(value: object): number | undefined {
  try {
    return Reflect.apply(Date.prototype.getTime, value, []);
  } catch {
    return undefined;
  }
}
