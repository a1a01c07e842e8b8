const time = String.raw`([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)`;
const octet = String.raw`(25[0-5]|2[0-4]\d|1?\d?\d)`;

/**
 * The formats of JSON Schema that both providers know, as ajv wants them. In doubt a text passes: what is refused here was paid for.
 * Source: JSON Schema validation 2020-12, section 7.3.
 */
export const formats: Readonly<Record<string, RegExp | ((text: string) => boolean)>> = {
  date: isDate,
  time: new RegExp(`^${time}$`, 'i'),
  'date-time': (text) => new RegExp(`^.{10}[Tt ]${time}$`, 'i').test(text) && isDate(text.slice(0, 10)),
  duration: /^P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/,
  email: /^[^\s@]+@[^\s@]+$/,
  hostname: /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i,
  uri: (text) => URL.canParse(text),
  ipv4: new RegExp(`^${octet}(\\.${octet}){3}$`),
  ipv6: (text) => /^[\da-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]`),
  uuid: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i,
};

/** A day that there is. */
function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}
