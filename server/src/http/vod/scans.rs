//! How many files are looked through at once, and what a disk that does not answer takes from others.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

/// How many files may be looked through at once; more requests wait.
const AT_ONCE: usize = 4;

/// How many looks may hang, beyond those: each holds a thread until its disk answers. As many again, and the next that
/// hangs keeps its place.
const HANGING: usize = 32;

/// A look that takes so long hangs: it should have ended by itself long before.
const PATIENCE: Duration = Duration::from_secs(5);

/// Places for looks through files.
#[derive(Debug)]
pub(super) struct Scans {
    places: Arc<Semaphore>,
    hanging: Arc<Semaphore>,
    patience: Duration,
}

/// What a look holds: its place, and, when it hangs, one among those that do.
type Held = Arc<Mutex<Option<OwnedSemaphorePermit>>>;

impl Default for Scans {
    fn default() -> Self {
        Self::new(AT_ONCE, HANGING, PATIENCE)
    }
}

impl Scans {
    fn new(at_once: usize, hanging: usize, patience: Duration) -> Self {
        Self {
            places: Arc::new(Semaphore::new(at_once)),
            hanging: Arc::new(Semaphore::new(hanging)),
            patience,
        }
    }

    /// Does `work` in a thread when there is a place. Places go in the order that they were asked for.
    ///
    /// The work goes on when this is given up, and holds its place until it ends, or hangs.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        let place = self.places.clone().acquire_owned().await.map_err(io::Error::other)?;
        let held: Held = Arc::new(Mutex::new(Some(place)));
        let of_work = held.clone();
        let working = spawn_blocking(move || {
            let result = work();
            drop(lock(&of_work).take());
            result
        });
        let (hanging, patience) = (self.hanging.clone(), self.patience);
        let watch = tokio::spawn(async move {
            sleep(patience).await;
            let Ok(among_hanging) = hanging.try_acquire_owned() else { return };
            let mut held = lock(&held);
            // Nothing is held when the work has ended meanwhile.
            if held.is_some() {
                *held = Some(among_hanging);
            }
        });
        let worked = working.await;
        watch.abort();
        worked.map_err(io::Error::other)
    }
}

fn lock(held: &Held) -> std::sync::MutexGuard<'_, Option<OwnedSemaphorePermit>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn disks_that_hang_do_not_keep_others_from_seeking() {
        let scans = Arc::new(Scans::new(2, 3, Duration::from_millis(10)));
        let (answer, hang) = mpsc::channel::<()>();
        let hang = Arc::new(Mutex::new(hang));
        let stuck: Vec<_> = (0..5)
            .map(|_| {
                let (scans, hang) = (scans.clone(), hang.clone());
                tokio::spawn(async move { scans.run(move || hang.lock().unwrap().recv().is_ok()).await })
            })
            .collect();
        // Three have come to hang, and two of the places are still theirs.
        while scans.hanging.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        stuck[0].abort();
        let other = tokio::spawn({
            let scans = scans.clone();
            async move { scans.run(|| 5).await.unwrap() }
        });
        for _ in 0..5 {
            answer.send(()).unwrap();
        }
        assert_eq!(other.await.unwrap(), 5);
        drop(answer);
        while scans.places.available_permits() < 2 || scans.hanging.available_permits() < 3 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn one_that_hangs_gives_its_place_to_the_next() {
        let scans = Arc::new(Scans::new(1, 1, Duration::from_millis(10)));
        let (answer, hang) = mpsc::channel::<()>();
        let stuck = tokio::spawn({
            let scans = scans.clone();
            async move { scans.run(move || hang.recv().is_ok()).await }
        });
        while scans.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        // It hangs for as long as this takes.
        assert_eq!(scans.run(|| 5).await.unwrap(), 5);
        drop(answer);
        assert!(!stuck.await.unwrap().unwrap());
    }
}
