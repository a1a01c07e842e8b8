import type { Figure, Measurement, Rounds, Target } from './race.ts';
import { median, medianOf } from './statistics.ts';

/** The subject is at least so many times as fast as a peer. */
export function timesAsFast(subject: string, peer: string, atLeast: number): Target {
  return timesTarget(subject, peer, `>= ${atLeast}x`, (ours, theirs) => {
    const value = medianOf((one: Measurement, other: Measurement) => other.wallSeconds / one.wallSeconds, ours, theirs);
    return { value, text: `${value.toFixed(2)}x`, isMet: value >= atLeast };
  });
}

/** The subject takes at most so many times as long as a peer. */
export function timesAsLong(subject: string, peer: string, atMost: number): Target {
  return timesTarget(subject, peer, `<= ${atMost} times as long`, (ours, theirs) => {
    const value = medianOf((one: Measurement, other: Measurement) => one.wallSeconds / other.wallSeconds, ours, theirs);
    return { value, text: `${value.toFixed(1)} times`, isMet: value <= atMost };
  });
}

function timesTarget(subject: string, peer: string, goal: string, judge: (ours: readonly Measurement[], theirs: readonly Measurement[]) => Figure): Target {
  return {
    subject,
    against: peer,
    goal,
    needs: [subject, peer],
    measure: (rounds) => judge(roundsOf(rounds, subject), roundsOf(rounds, peer)),
  };
}

/** The peak resident set of the subject stays below so many megabytes (10^6 bytes). */
export function peakBelow(subject: string, megabytes: number): Target {
  return {
    subject,
    against: 'peak RSS',
    goal: `<= ${megabytes} MB`,
    needs: [subject],
    measure: (rounds) => {
      const value = peakOf(rounds, subject) / 1e6;
      return Number.isNaN(value) ? undefined : { value, text: `${value.toFixed(0)} MB`, isMet: value <= megabytes };
    },
  };
}

/** The peak resident set grows by at most a share from the smallest to the largest of three sizes. */
export function peakGrowth(small: string, large: string, atMostPercent: number): Target {
  return {
    subject: large,
    against: `peak RSS of ${small}`,
    goal: `<= ${atMostPercent} % more`,
    needs: [small, large],
    measure: (rounds) => {
      const value = (peakOf(rounds, large) / peakOf(rounds, small) - 1) * 100;
      return Number.isNaN(value) ? undefined : { value, text: `${value.toFixed(0)} % more`, isMet: value <= atMostPercent };
    },
  };
}

/** A record of the larger size takes at most so many times as long as one of the smaller: the time is linear. */
export function linearTime(small: { name: string; records: number }, large: { name: string; records: number }, atMost: number): Target {
  return {
    subject: large.name,
    against: `time a record of ${small.name}`,
    goal: `<= ${atMost}x`,
    needs: [small.name, large.name],
    measure: (rounds) => {
      const value = medianOf((one: Measurement, other: Measurement) => other.wallSeconds / large.records / (one.wallSeconds / small.records), roundsOf(rounds, small.name), roundsOf(rounds, large.name));
      return { value, text: `${value.toFixed(2)}x`, isMet: value <= atMost };
    },
  };
}

/** The CPU of the subject is less than so many times that of its parts together. */
export function cpuBelow(subject: string, parts: readonly string[], times: number): Target {
  return {
    subject,
    against: `CPU of ${parts.join(' + ')}`,
    goal: `< ${times}x`,
    needs: [subject, ...parts],
    measure: (rounds) => {
      const value = medianOf((whole: number, ...others: number[]) => whole / others.reduce((sum, one) => sum + one, 0), ...[subject, ...parts].map((name) => cpuOf(rounds, name)));
      return Number.isNaN(value) ? undefined : { value, text: `${value.toFixed(2)}x`, isMet: value < times };
    },
  };
}

const roundsOf = (rounds: Rounds, name: string): readonly Measurement[] => rounds.get(name) ?? [];
const peakOf = (rounds: Rounds, name: string): number => median(roundsOf(rounds, name).map(({ peakBytes = Number.NaN }) => peakBytes));
const cpuOf = (rounds: Rounds, name: string): readonly number[] => roundsOf(rounds, name).map(({ cpuSeconds = Number.NaN }) => cpuSeconds);
