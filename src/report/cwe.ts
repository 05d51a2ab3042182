/** Version of the list that the names come from. */
export const CWE_VERSION = '4.20';

/** MITRE's names of the weaknesses that concurrency defects fall under. */
const NAMES: Readonly<Record<number, string>> = {
  248: 'Uncaught Exception',
  252: 'Unchecked Return Value',
  362: "Concurrent Execution using Shared Resource with Improper Synchronization ('Race Condition')",
  366: 'Race Condition within a Thread',
  367: 'Time-of-check Time-of-use (TOCTOU) Race Condition',
  374: 'Passing Mutable Objects to an Untrusted Method',
  375: 'Returning a Mutable Object to an Untrusted Caller',
  390: 'Detection of Error Condition Without Action',
  391: 'Unchecked Error Condition',
  400: 'Uncontrolled Resource Consumption',
  401: 'Missing Release of Memory after Effective Lifetime',
  404: 'Improper Resource Shutdown or Release',
  410: 'Insufficient Resource Pool',
  413: 'Improper Resource Locking',
  459: 'Incomplete Cleanup',
  460: 'Improper Cleanup on Thrown Exception',
  543: 'Use of Singleton Pattern Without Synchronization in a Multithreaded Context',
  567: 'Unsynchronized Access to Shared Data in a Multithreaded Context',
  571: 'Expression is Always True',
  609: 'Double-Checked Locking',
  662: 'Improper Synchronization',
  663: 'Use of a Non-reentrant Function in a Concurrent Context',
  665: 'Improper Initialization',
  667: 'Improper Locking',
  670: 'Always-Incorrect Control Flow Implementation',
  672: 'Operation on a Resource after Expiration or Release',
  674: 'Uncontrolled Recursion',
  675: 'Multiple Operations on Resource in Single-Operation Context',
  691: 'Insufficient Control Flow Management',
  696: 'Incorrect Behavior Order',
  703: 'Improper Check or Handling of Exceptional Conditions',
  705: 'Incorrect Control Flow Scoping',
  755: 'Improper Handling of Exceptional Conditions',
  764: 'Multiple Locks of a Critical Resource',
  765: 'Multiple Unlocks of a Critical Resource',
  770: 'Allocation of Resources Without Limits or Throttling',
  771: 'Missing Reference to Active Allocated Resource',
  772: 'Missing Release of Resource after Effective Lifetime',
  775: 'Missing Release of File Descriptor or Handle after Effective Lifetime',
  799: 'Improper Control of Interaction Frequency',
  820: 'Missing Synchronization',
  821: 'Incorrect Synchronization',
  832: 'Unlock of a Resource that is not Locked',
  833: 'Deadlock',
  834: 'Excessive Iteration',
  835: "Loop with Unreachable Exit Condition ('Infinite Loop')",
  1050: 'Excessive Platform Resource Consumption within a Loop',
  1088: 'Synchronous Access of Remote Resource without Timeout',
  1265: 'Unintended Reentrant Invocation of Non-reentrant Code Via Nested Calls',
  1322: 'Use of Blocking Code in Single-threaded, Non-blocking Context',
  1341: 'Multiple Releases of Same Resource or Handle',
};

/** @throws Error for a number without a name here: the rule that gives it is to add it */
export function cweName(number: number): string {
  const name = NAMES[number];
  if (name === undefined) throw new Error(`src/report/cwe.ts has no name for CWE-${number}`);
  return name;
}
