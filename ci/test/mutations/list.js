'use strict';

// Changes to the protocols of the scheduler and of the kernels' hand-over. Each must make a model fail: a model proves
// nothing that it lets pass. JavaScript's steps are mirrored in models/stage.rs, so they are changed there.

/**
 * @typedef {object} Mutation
 * @property {string} what
 * @property {string} caughtBy the beginning of the names of the models, one of which must fail
 * @property {number} [switches] forced switches that loom needs to find it, 2 by default
 * @property {[file: string, from: string, to: string][]} edits each `from` stands in its file once, whatever the
 *   indentation and the line breaks. Keep it short: only the words that the change is about
 */

const scheduler = (/** @type {string} */ file) => `src/scheduler/${file}`;
const worker = scheduler('pool/worker.rs');
const mainThread = scheduler('pool/main_thread.rs');
const transitions = scheduler('pool/transitions.rs');
const completions = scheduler('completion.rs');
const stage = scheduler('models/stage.rs');
const handover = 'src/kernels/runtime/handover.rs';

/** @type {Mutation[]} */
const mutations = [
  {
    what: 'no second look at the queue after a worker has said that it waits',
    caughtBy: 'scheduler::models::park',
    edits: [[worker, 'let mut found = self.has_tasks(&state);', 'let mut found = false;']]
  },
  {
    what: 'no look at the queue after a search in vain',
    caughtBy: 'scheduler::models::park',
    edits: [[worker, 'self.go_idle_as(&mut state, slot, phase);\n                    found = self.has_tasks(&state);',
      'self.go_idle_as(&mut state, slot, phase);']]
  },
  {
    what: 'the second look before the word Sleeping grows',
    caughtBy: 'scheduler::models::park',
    edits: [
      [worker, 'let phase = self.resting_phase(&mut state, endpoint);\n',
        'let phase = self.resting_phase(&mut state, endpoint);\n            let early = self.has_tasks(&state);\n'],
      [worker, 'let mut found = self.has_tasks(&state);', 'let mut found = early;']
    ]
  },
  {
    what: 'the wake word read after the last look',
    caughtBy: 'scheduler::models::park',
    edits: [
      [worker, '            let epoch = epoch();\n', ''],
      [worker, 'return Next::Park { epoch };', 'drop(state);\n                return Next::Park { epoch: epoch() };']
    ]
  },
  {
    what: 'a notification before the wake word changes',
    caughtBy: 'scheduler::models::park',
    edits: [[stage, '        self.word.fetch_add(1, Ordering::SeqCst);\n        let _waiters = self.waiters.lock().unwrap();\n        self.notified.notify_all();',
      '        drop(self.waiters.lock().unwrap());\n        self.notified.notify_all();\n        self.word.fetch_add(1, Ordering::SeqCst);']]
  },
  {
    what: 'a worker that has reported acts on its look from before',
    caughtBy: 'scheduler::models::bell',
    edits: [[worker, 'state = self.lock();\n            taken = self.take(&mut state, endpoint.slot, into, &clock);\n        }\n        if taken == Take::Nothing {',
      'state = self.lock();\n        }\n        if taken == Take::Nothing {']]
  },
  {
    what: 'the word Spinning read before the waiting tasks are counted',
    caughtBy: 'scheduler::models::park',
    edits: [[stage, 'let waiting = self.waiting();\n        waiting > control.load(Word::Spinning)',
      'let spinning = control.load(Word::Spinning);\n        self.waiting() > spinning']]
  },
  {
    what: 'a search that ends after the word Taken has grown',
    caughtBy: 'scheduler::models::park',
    switches: 3,
    edits: [
      [transitions, '        self.activate(state, slot);\n        let concurrency', '        let concurrency'],
      [transitions, '        if emptied {', '        self.activate(state, slot);\n        if emptied {']
    ]
  },
  {
    what: 'the word Capacity changed in two steps',
    caughtBy: 'scheduler::models::park::room_is_counted_exactly',
    edits: [[transitions, '        let capacity = free.wrapping_add(tasks);\n        if capacity != 0 {\n            self.control.add(Word::Capacity, capacity);\n        }',
      '        self.control.add(Word::Capacity, free);\n        self.control.add(Word::Capacity, tasks);']]
  },
  {
    what: 'a task placed although older ones wait',
    caughtBy: 'scheduler::models::park::a_placed_task_neither_overtakes',
    edits: [[mainThread, '        if self.waiting() > 0 {\n            return None;\n        }\n', '']]
  },
  {
    what: 'no wake-up for a task whose worker is passed over',
    caughtBy: 'scheduler::models::park::a_task_whose_worker_never_comes',
    edits: [[stage, 'let passed = self.stage.pool.requeue(id, slot);\n        self.wake_if_needed();', 'let passed = self.stage.pool.requeue(id, slot);']]
  },
  {
    what: 'a task that is put back and not counted as waiting',
    caughtBy: 'scheduler::models::park::a_task_whose_worker_never_comes',
    edits: [[transitions, '        self.leave_queue(-1, -i32::from(header.flags.has(Flags::ABORTABLE)), 0);\n', '        let _ = header;\n']]
  },
  {
    what: 'an inbox thrown away by an abort',
    caughtBy: 'scheduler::models::abort::a_task_that_was_given',
    edits: [[mainThread, 'self.retire_slot(&mut state, slot);\n                // It is settled', 'self.retire_slot(&mut state, slot);\n                state.slots[slot].inbox.clear();\n                // It is settled']]
  },
  {
    what: 'a notified worker that stays idle',
    caughtBy: 'scheduler::models::park',
    edits: [[transitions, '        self.choose(state, slot);\n', '']]
  },
  {
    what: 'a flush that does not unload',
    caughtBy: 'scheduler::models::park::a_flush',
    edits: [[mainThread, 'let mut state = self.lock();\n        self.unload(&mut state);\n        // Only', 'let _state = self.lock();\n        // Only']]
  },
  {
    what: 'a flush that empties the submission buffer after it has let go of the lock',
    caughtBy: 'scheduler::models::park::a_flush',
    edits: [[mainThread, '        self.control.store(Word::StagedTail, 0);', '        drop(state);\n        self.control.store(Word::StagedTail, 0);']]
  },
  {
    what: 'staged records that are read again',
    caughtBy: 'scheduler::models::park::a_flush',
    edits: [[transitions, '            self.control.store(Word::StagedHead, tail);\n', '']]
  },
  {
    what: 'a record published before it is written',
    caughtBy: 'scheduler::models::park',
    edits: [
      [stage, '        unsafe { self.stage.pool.submission().write(self.tail, &record) };\n        self.tail', '        self.tail'],
      [stage, '        control.store(Word::StagedTail, self.tail as i32);', '        control.store(Word::StagedTail, self.tail as i32);\n        unsafe { self.stage.pool.submission().write(self.tail - record.len(), &record) };']
    ]
  },
  {
    what: 'no look at the notes after the bell is armed',
    caughtBy: 'scheduler::models::bell',
    edits: [[completions, 'if stay || !self.refill(control, &mut outgoing) {', 'if true {']]
  },
  {
    what: 'no look at the notes after the main thread has said that it naps',
    caughtBy: 'scheduler::models::bell',
    edits: [[stage, 'control.store(Word::Bell, NAPS);\n        if control.load(Word::Notes) != 0 { self.results() } else { Vec::new() }', 'control.store(Word::Bell, NAPS);\n        Vec::new()']]
  },
  {
    what: 'the bell armed after the look at the notes',
    caughtBy: 'scheduler::models::bell',
    edits: [[completions, '            if !stay {\n                control.store(Word::Bell, RING);\n            }\n            if stay || !self.refill(control, &mut outgoing) {\n',
      '            if stay || !self.refill(control, &mut outgoing) {\n                if !stay {\n                    control.store(Word::Bell, RING);\n                }\n']]
  },
  {
    what: 'the bell rung before the note is in',
    caughtBy: 'scheduler::models::bell',
    edits: [
      [completions, '        {\n            let mut bytes = lock(&self.incoming);', '        let rings = |bell| bell == RING || (bell == NAPS && urgent);\n        let rung = rings(control.load(Word::Bell)) && control.swap(Word::Bell, SILENT) != SILENT;\n        {\n            let mut bytes = lock(&self.incoming);'],
      [completions, '        let rings = |bell| bell == RING || (bell == NAPS && urgent);\n        rings(control.load(Word::Bell)) && control.swap(Word::Bell, SILENT) != SILENT\n    }', '        rung\n    }']
    ]
  },
  {
    what: 'a nap that nobody is rung out of',
    caughtBy: 'scheduler::models::bell',
    edits: [[completions, 'bell == RING || (bell == NAPS && urgent);', '{\n            let _ = urgent;\n            bell == RING\n        };']]
  },
  {
    what: 'a worker that lets its event loop turn without a word to a main thread that naps',
    caughtBy: 'scheduler::models::bell',
    edits: [[worker, 'self.complete(endpoint.slot, report, task, ended, true);', 'self.complete(endpoint.slot, report, task, ended, false);']]
  },
  {
    what: 'a worker whose event loop turns before its note is in',
    caughtBy: 'scheduler::models::removal::a_worker_whose_event_loop_turns',
    edits: [[worker, 'self.complete(endpoint.slot, report, task, ended, true);\n            return self.let_turn(endpoint);', 'let next = self.let_turn(endpoint);\n            self.complete(endpoint.slot, report, task, ended, true);\n            return next;']]
  },
  {
    what: 'an abort that retires the worker in a later step',
    caughtBy: 'scheduler::models::abort::an_abort',
    switches: 3,
    edits: [[mainThread, '                self.retire_slot(&mut state, slot);\n                // It is settled', '                drop(state);\n                state = self.lock();\n                self.retire_slot(&mut state, slot);\n                // It is settled']]
  },
  {
    what: 'an abort in two steps, and a report that does not look for it in between',
    caughtBy: 'scheduler::models::abort::an_abort',
    switches: 3,
    edits: [
      [mainThread, '                self.retire_slot(&mut state, slot);\n                // It is settled', '                drop(state);\n                state = self.lock();\n                self.retire_slot(&mut state, slot);\n                // It is settled'],
      [transitions, '&& !state.queue.end(id)', '&& { state.queue.end(id); false }']
    ]
  },
  {
    what: 'a retired worker that takes a task',
    caughtBy: 'scheduler::models::removal',
    edits: [[transitions, '        if !state.slots[slot].phase().takes() {\n            return Take::Stop;\n        }\n', '']]
  },
  {
    what: 'a worker with nothing to run that drains at once, although its note is on the way',
    caughtBy: 'scheduler::models::removal::a_worker_that_drains',
    edits: [[mainThread, 'let is_retired = state.slots[slot].may_retire()', 'let is_retired = state.slots[slot].is_unused()']]
  },
  {
    what: 'a worker that drains and takes another task',
    caughtBy: 'scheduler::models::removal::a_worker_drains',
    edits: [
      ['src/scheduler/slot.rs', 'self.is_live() && self != Phase::Draining', 'self.is_live()'],
      ['src/scheduler/slot.rs', 'assert!(old == next', 'debug_assert!(old == next']
    ]
  },
  {
    what: 'blocked workers left alone by an abort',
    caughtBy: 'scheduler::models::abort::a_task_behind',
    edits: [[mainThread, '                self.leave_queue(1, 1, 0);\n                let _ = self.unblock(&mut state);', '                self.leave_queue(1, 1, 0);']]
  },
  {
    what: 'no note for blocked workers when the abortable task is taken',
    caughtBy: 'scheduler::models::abort::a_task_behind',
    edits: [[worker, '                if unblocked {\n', '                if false && unblocked {\n']]
  },
  {
    what: 'a worker retired as unused although tasks wait',
    caughtBy: 'scheduler::models::removal',
    edits: [[mainThread, 'let unused = self.waiting() == 0 && ', 'let unused = ']]
  },
  {
    what: 'no wake-up for others when a worker is lost',
    caughtBy: 'scheduler::models::removal::a_removed_worker',
    edits: [[scheduler('models/removal.rs'), '        // `Crew.lose`: a wake-up that was on its way to it has ended with it.\n        main.wake_if_needed();', '']]
  },
  {
    what: 'a search that takes a call without a promise',
    caughtBy: 'handover::models',
    edits: [[handover, '(self.search.swap(NOBODY, Ordering::AcqRel) == PROMISED).then(|| self.take(now))', 'self.search.swap(NOBODY, Ordering::AcqRel);\n        self.take_at_least(Priority::Background)']]
  },
  {
    what: 'a promise read and taken back in two steps',
    caughtBy: 'handover::models',
    edits: [[handover, '(self.search.swap(NOBODY, Ordering::AcqRel) == PROMISED).then(|| self.take(now))', 'let promised = self.is_promised();\n        self.search.swap(NOBODY, Ordering::AcqRel);\n        promised.then(|| self.take(now))']]
  },
  {
    what: 'a ticket for a call that is promised as well',
    caughtBy: 'handover::models',
    edits: [[handover, 'self.search.compare_exchange(SOMEBODY, PROMISED, Ordering::AcqRel, Ordering::Relaxed).is_err()',
      'let _ = self.search.compare_exchange(SOMEBODY, PROMISED, Ordering::AcqRel, Ordering::Relaxed);\n        true']]
  },
  {
    what: 'a right that looks once, though an overdue call may be taken from before it',
    caughtBy: 'handover::models',
    edits: [[handover, 'loop { if let Some(call) = self.take_overdue(&now).or_else(|| self.take_at_least(Priority::Background)) { return call; } spin_hint(); }',
      'self.take_overdue(&now).or_else(|| self.take_at_least(Priority::Background)).expect("a call for each right")']]
  }
];

module.exports = { mutations };
