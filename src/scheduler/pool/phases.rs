//! How the phase of a slot changes: every change has a name here, and [`Slot::change_phase`] asserts that it is allowed.
//! The list of idle slots and the control words change in the same step.

use super::super::control::Word;
use super::super::slot::{Phase, Slot};
use super::super::sync::Ordering;
use super::{Pool, State};

impl Pool {
    /// A Worker is started for the slot.
    pub(super) fn boot(&self, state: &mut State, slot: usize, warm: bool) {
        self.set_phase(state, slot, Phase::Booting);
        state.slots[slot].warm = warm;
    }

    /// The worker has loaded its file.
    pub(super) fn finish_boot(&self, state: &mut State, slot: usize) {
        self.set_phase(state, slot, Phase::Active);
        state.slots[slot].warm = true;
    }

    /// The worker is inside a call that takes.
    pub(super) fn activate(&self, state: &mut State, slot: usize) {
        self.set_phase(state, slot, Phase::Active);
    }

    /// The worker lets its event loop turn, and asks again by itself.
    pub(super) fn begin_turn(&self, state: &mut State, slot: usize) {
        self.set_phase(state, slot, Phase::Turning);
    }

    /// The worker has found nothing, or has no room.
    pub(super) fn go_idle_as(&self, state: &mut State, slot: usize, phase: Phase) {
        assert!(phase.is_idle() || matches!(phase, Phase::Active | Phase::Blocked), "{phase:?} is no rest");
        self.set_phase(state, slot, phase);
    }

    /// The worker is chosen for a wake-up: nobody chooses it again.
    pub(super) fn choose(&self, state: &mut State, slot: usize) {
        self.set_phase(state, slot, Phase::Notified);
        state.interrupts[slot].store(true, Ordering::SeqCst);
    }

    /// The oldest task has changed: workers that could not start it may start the next. Whether there are any.
    pub(super) fn unblock(&self, state: &mut State) -> bool {
        if state.blocked == 0 {
            return false;
        }
        for slot in 0..state.slots.len() {
            if state.slots[slot].phase() == Phase::Blocked {
                self.set_phase(state, slot, Phase::InEventLoop);
            }
        }
        true
    }

    /// From here on the worker takes nothing more, and what it runs counts.
    pub(super) fn begin_to_drain(&self, state: &mut State, slot: usize) {
        let before = state.slots[slot].room(self.config.concurrency);
        self.set_phase(state, slot, Phase::Draining);
        self.free_changed(state, slot, before);
    }

    /// From here on the worker takes nothing more, and its reports are dropped. What it has stays in the slot until
    /// `retire` hands it over.
    pub(super) fn retire_slot(&self, state: &mut State, slot: usize) {
        if !state.slots[slot].phase().is_live() {
            return;
        }
        let before = state.slots[slot].room(self.config.concurrency);
        self.set_phase(state, slot, Phase::Retired);
        state.interrupts[slot].store(true, Ordering::SeqCst);
        self.free_changed(state, slot, before);
    }

    /// The thread of the retired worker is gone.
    pub(super) fn vacate_slot(&self, state: &mut State, slot: usize) {
        self.set_phase(state, slot, Phase::Vacant);
        state.slots[slot] = Slot::default();
    }

    fn set_phase(&self, state: &mut State, slot: usize, phase: Phase) {
        let old = state.slots[slot].change_phase(phase);
        if old == phase {
            return;
        }
        state.blocked = state.blocked + usize::from(phase == Phase::Blocked) - usize::from(old == Phase::Blocked);
        if old.is_idle() && !phase.is_idle() {
            state.idle.retain(|&other| other != slot);
        }
        if !old.is_idle() && phase.is_idle() {
            let place = state.idle.partition_point(|&other| other < slot);
            state.idle.insert(place, slot);
        }
        for (word, counts) in
            [(Word::Spinning, Phase::is_spinning as fn(Phase) -> bool), (Word::Sleeping, Phase::sleeps)]
        {
            match (counts(old), counts(phase)) {
                (true, false) => self.control.add(word, -1),
                (false, true) => self.control.add(word, 1),
                _ => {}
            }
        }
    }
}
