//! One writer: goes through its seats when their feed has news, and to single ones when they are ready for more.

use std::collections::VecDeque;
use std::sync::Arc;

use slab::Slab;
use tokio::sync::watch;

use super::Guest;
use super::bell::{Bell, Desk};
use super::scratch::Scratch;
use super::seat::{Cause, Seat, Turn};
use crate::http::departure::Departure;
use crate::http::websocket::Parting;
use crate::shutdown::Shutdown;

/// Seats that are served out of turn before the feed is looked at again: those who join, with a GOP each, and those who
/// catch up must not hold up the ones at the live edge.
const OUT_OF_TURN: usize = 16;

/// How many of them are newcomers, if there are so many: those who ring without pause must not keep newcomers from their
/// stream.
const NEWCOMERS_FIRST: usize = 4;

/// A task that writes for many viewers of one feed.
pub(super) struct Writer {
    desk: Arc<Desk>,
    /// Of the feed.
    changes: watch::Receiver<()>,
    shutdown: Shutdown,
    seats: Slab<Seat>,
    /// Seats to be served out of turn, in order.
    waiting: VecDeque<usize>,
    leaving: Vec<(usize, Parting)>,
    scratch: Scratch,
}

impl Writer {
    /// For those who are called at `desk` and view the feed of `changes`.
    pub(super) fn new(desk: Arc<Desk>, changes: watch::Receiver<()>, shutdown: Shutdown) -> Self {
        Self {
            desk,
            changes,
            shutdown,
            seats: Slab::new(),
            waiting: VecDeque::new(),
            leaving: Vec::new(),
            scratch: Scratch::new(),
        }
    }

    /// Serves until `close` says that nobody is left.
    pub(super) async fn run(mut self, close: impl Fn(&Arc<Desk>) -> bool) {
        let shutdown = self.shutdown.clone();
        let mut stopping = false;
        loop {
            tokio::select! {
                biased;
                () = shutdown.requested(), if !stopping => {
                    stopping = true;
                    self.stop();
                }
                // The feed is gone when this is an error, and its viewers with it.
                _ = self.changes.changed() => self.pass_on(),
                () = self.desk.called() => {}
            }
            self.serve_out_of_turn();
            self.dismiss();
            if self.seats.is_empty() && close(&self.desk) {
                return;
            }
            // The feed may always have news: others want the thread too.
            tokio::task::yield_now().await;
        }
    }

    /// Gives every seat what the feed has.
    fn pass_on(&mut self) {
        self.scratch.renew();
        for (number, seat) in &mut self.seats {
            match seat.serve(Cause::News, &mut self.scratch) {
                Ok(Turn::Over) => {}
                Ok(Turn::WantsMore) => self.waiting.push_back(number),
                Err(parting) => self.leaving.push((number, parting)),
            }
        }
    }

    /// Serves newcomers, and those whose bells were rung; not too many.
    fn serve_out_of_turn(&mut self) {
        self.desk.take_rung(&mut self.waiting);
        self.scratch.renew();
        for served in 0..OUT_OF_TURN {
            let number = match next_due(served, &mut self.waiting, || self.desk.newcomer()) {
                Some(Due::Seat(number)) => number,
                Some(Due::Newcomer(guest)) => self.seat(guest),
                None => return,
            };
            let Some(seat) = self.seats.get_mut(number) else { continue };
            match seat.serve(Cause::Bell, &mut self.scratch) {
                Ok(Turn::Over) => {}
                Ok(Turn::WantsMore) => self.waiting.push_back(number),
                Err(parting) => self.leaving.push((number, parting)),
            }
        }
        self.desk.call();
    }

    fn seat(&mut self, guest: Guest) -> usize {
        let entry = self.seats.vacant_entry();
        let number = entry.key();
        entry.insert(Seat::new(guest, Bell::new(self.desk.clone(), number)));
        number
    }

    /// Lets go of those who leave, with what is to be said to them.
    fn dismiss(&mut self) {
        for (number, parting) in self.leaving.drain(..) {
            // One may leave for two reasons at once.
            if let Some(seat) = self.seats.try_remove(number) {
                self.desk.vacate();
                seat.dismiss(&parting, self.shutdown.clone());
            }
        }
    }

    /// The server stops. The hub says so too, but not to one whose socket is full.
    fn stop(&mut self) {
        let full = self.seats.iter().filter(|(_, seat)| seat.is_full());
        self.leaving.extend(full.map(|(number, _)| (number, Parting::Ours(Departure::Shutdown))));
    }
}

/// Who is served out of turn.
#[derive(Debug, PartialEq, Eq)]
enum Due<T> {
    Seat(usize),
    Newcomer(T),
}

/// Who is served next in a round in which so many have been `served`: in order of their coming, newcomers first for the share
/// that they have.
fn next_due<T>(
    served: usize,
    waiting: &mut VecDeque<usize>,
    newcomer: impl Fn() -> Option<T>,
) -> Option<Due<T>> {
    let first = if served < NEWCOMERS_FIRST { newcomer() } else { None };
    let seat = || waiting.pop_front().map(Due::Seat);
    first.map(Due::Newcomer).or_else(seat).or_else(|| newcomer().map(Due::Newcomer))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Whom one round serves; whoever was `waiting` and is served waits again at once.
    fn round(waiting: &mut VecDeque<usize>, newcomers: &RefCell<VecDeque<char>>) -> Vec<Due<char>> {
        let newcomer = || newcomers.borrow_mut().pop_front();
        let next = |served| {
            let due = next_due(served, waiting, newcomer)?;
            if let Due::Seat(number) = due {
                waiting.push_back(number);
            }
            Some(due)
        };
        (0..OUT_OF_TURN).map_while(next).collect()
    }

    #[test]
    fn newcomers_are_served_in_order_though_others_ring_without_pause() {
        let mut waiting: VecDeque<_> = (0..40).collect();
        let newcomers = RefCell::new(('a'..='j').collect());
        let mut served: Vec<_> = round(&mut waiting, &newcomers);
        served.extend(round(&mut waiting, &newcomers));
        served.extend(round(&mut waiting, &newcomers));
        let (came, rang): (Vec<_>, Vec<_>) =
            served.into_iter().partition(|due| matches!(due, Due::Newcomer(_)));
        assert_eq!(came, ('a'..='j').map(Due::Newcomer).collect::<Vec<_>>());
        assert_eq!(rang, (0..38).map(Due::Seat).collect::<Vec<_>>(), "nobody twice, nobody left out");
    }

    #[test]
    fn a_storm_of_newcomers_leaves_their_share_to_those_who_wait() {
        let mut waiting = VecDeque::from([7, 8]);
        let newcomers = RefCell::new(('a'..='z').collect());
        let served = round(&mut waiting, &newcomers);
        assert_eq!(served[NEWCOMERS_FIRST..NEWCOMERS_FIRST + 2], [Due::Seat(7), Due::Seat(8)]);
        assert_eq!(served.len(), OUT_OF_TURN);
    }
}
