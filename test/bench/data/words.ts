const common = `a about after again all also and any are as at back be because been before but by can come could day do even every far few first
for from get give go good great had has have he her here his how if in into is it its just know last like little long look made make many may me
more most much must my never new no not now of off old on once one only or other our out over people place right said same say see she should so
some still such take than that the their them then there these they thing think this those three through time to too two under up us use very
want was water way we well went were what when where which while who why will with work world would year you your`.split(/\s+/);

const wares = `adapter backpack battery bottle bracket button cable camera carton charger chair color courier delivery display fabric filter
handle hinge invoice jacket keyboard kettle lamp leather lens manual material mirror model monitor mouse package parcel pedal printer product
receipt refund remote return screen screw seller shipment sleeve speaker stand strap support switch tablet timer tool tray version warranty wheel zipper`.split(/\s+/);

const words = [...common, ...wares];

/** What no table of ASCII holds, and what CSV and JSON must quote. */
const unusual = ['crème brûlée', 'Łódź', 'smörgås', '¿qué?', 'Ångström', '東京駅', '배송 완료', 'спасибо', 'ευχαριστώ', '🚚', '👩‍💻', '“so so”', 'C:\\temp', '5" wide'];

/** A whole number from 0 to below `limit`. */
export const below = (random: () => number, limit: number): number => Math.floor(random() * limit);

/** One of a list. */
export function oneOf(random: () => number, list: readonly string[]): string {
  return list[below(random, list.length)] ?? '';
}

/** Common words, at least `length` characters of them. */
export function phrase(random: () => number, length: number): string {
  let text = oneOf(random, words);
  while (text.length < length) text += ` ${oneOf(random, words)}`;
  return text;
}

/** A text that is not plain ASCII, or has characters to escape. */
export const oddity = (random: () => number): string => oneOf(random, unusual);

/** Hexadecimal digits, as providers make ids of. */
export function digits(random: () => number, length: number): string {
  let text = '';
  while (text.length < length) text += below(random, 0x1000000).toString(16).padStart(6, '0');
  return text.slice(0, length);
}
