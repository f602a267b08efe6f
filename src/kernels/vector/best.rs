//! The best few of many scores.

/// Keeps the `most` best of the scores it is offered: the greatest, of equal ones (-0 and +0 are equal) those of the
/// lower index, NaN behind all others.
///
/// A candidate is one number whose order is that of score and index together. Candidates are collected until there are
/// twice as many as wanted, and then the better half is kept: a constant time for each, on average, however many are
/// wanted.
#[derive(Clone, Debug)]
pub(super) struct Best {
    most: usize,
    candidates: Vec<u64>,
    /// A candidate below it is not among the best.
    bound: u64,
    /// The score of the bound.
    bound_score: f32,
}

impl Best {
    pub(super) fn new(most: usize) -> Self {
        Best { most, candidates: Vec::new(), bound: 0, bound_score: f32::NEG_INFINITY }
    }

    /// An empty one that takes only what could be among the best of this one.
    pub(super) fn beyond(&self) -> Self {
        Best { candidates: Vec::new(), ..*self }
    }

    /// Takes the score of an index.
    #[inline(always)]
    pub(super) fn offer(&mut self, score: f32, index: u32) {
        // NaN passes and is looked at more closely.
        if score < self.bound_score {
            return;
        }
        self.take(candidate(score, index));
    }

    /// Takes all that another one has kept.
    pub(super) fn merge(&mut self, other: Best) {
        other.candidates.into_iter().for_each(|candidate| self.take(candidate));
    }

    fn take(&mut self, candidate: u64) {
        if candidate >= self.bound {
            self.candidates.push(candidate);
            if self.candidates.len() >= 2 * self.most {
                self.prune();
            }
        }
    }

    fn prune(&mut self) {
        if self.candidates.len() > self.most {
            let (_, least, _) = self.candidates.select_nth_unstable_by(self.most - 1, |a, b| b.cmp(a));
            self.bound = *least;
            let score = score(self.bound);
            self.bound_score = if score.is_nan() { f32::NEG_INFINITY } else { score };
            self.candidates.truncate(self.most);
        }
    }

    /// The best, in their order, with their indices.
    pub(super) fn sorted(mut self) -> impl Iterator<Item = (u32, f32)> {
        self.prune();
        self.candidates.sort_unstable_by(|a, b| b.cmp(a));
        self.candidates.into_iter().map(|candidate| (!(candidate as u32), score(candidate)))
    }
}

fn candidate(score: f32, index: u32) -> u64 {
    // Adding 0 makes -0 to +0.
    let bits = (score + 0.0).to_bits();
    let key = match bits {
        _ if score.is_nan() => 0,
        _ if bits >> 31 == 1 => !bits,
        _ => bits | 1 << 31,
    };
    u64::from(key) << 32 | u64::from(!index)
}

fn score(candidate: u64) -> f32 {
    match (candidate >> 32) as u32 {
        0 => f32::NAN,
        key if key >> 31 == 1 => f32::from_bits(key & !(1 << 31)),
        key => f32::from_bits(!key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering;

    fn better(a: &(u32, f32), b: &(u32, f32)) -> Ordering {
        let by_score = match (a.1.is_nan(), b.1.is_nan()) {
            (false, false) => b.1.partial_cmp(&a.1).unwrap(),
            (a, b) => a.cmp(&b),
        };
        by_score.then(a.0.cmp(&b.0))
    }

    #[test]
    fn the_best_are_those_of_a_full_sort() {
        let special = [f32::NAN, -f32::NAN, 0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, 1.5, -1.5, 1e-45];
        let mut state = 7u32;
        for length in [0, 1, 2, 9, 100, 1000] {
            let scores: Vec<(u32, f32)> = (0..length)
                .map(|index| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (index, special[state as usize / 7 % special.len()])
                })
                .collect();
            let mut expected = scores.clone();
            expected.sort_by(better);
            for most in [1, 2, 10, 999, 1001] {
                let mut all = Best::new(most);
                for half in scores.chunks(scores.len().div_ceil(2).max(1)) {
                    let mut part = all.beyond();
                    half.iter().rev().for_each(|(index, score)| part.offer(*score, *index));
                    all.merge(part);
                }
                let got: Vec<_> = all.sorted().map(|(index, score)| (index, score.is_nan(), score + 0.0)).collect();
                let expected: Vec<_> = expected.iter().take(most).map(|(i, s)| (*i, s.is_nan(), s + 0.0)).collect();
                assert_eq!(format!("{got:?}"), format!("{expected:?}").replace("-NaN", "NaN"), "{most} of {length}");
            }
        }
    }
}
