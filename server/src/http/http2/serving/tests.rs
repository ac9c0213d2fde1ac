use std::future::pending;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

use super::*;

type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Counts how often the task is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn what_streams_and_connection_tell_each_other_costs_the_runtime_nothing() {
    let (to_connection, to_stream) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let newcomers = Newcomers::<Boxed>::new();
    let connection = {
        let (newcomers, here, there) = (newcomers.clone(), to_connection.clone(), to_stream.clone());
        async move {
            newcomers.push(Box::pin(async move {
                for _ in 0..3 {
                    to_connection.notify_one();
                    to_stream.notified().await;
                }
            }));
            for _ in 0..3 {
                here.notified().await;
                there.notify_one();
            }
        }
    };
    let connection = pin!(connection);
    let mut serving = Serving::new(connection, newcomers);
    let served = pin!(serving.until(pending::<()>()));
    let wakes = Arc::<Wakes>::default();
    let waker = Waker::from(wakes.clone());
    assert!(served.poll(&mut Context::from_waker(&waker)).is_ready());
    assert_eq!(wakes.0.load(SeqCst), 0);
}

#[tokio::test]
async fn only_what_is_woken_is_run() {
    const STREAMS: usize = 3 * STREAM_BITS;
    let polls: Arc<[AtomicUsize]> = (0..STREAMS).map(|_| AtomicUsize::new(0)).collect();
    let bells: Arc<[AtomicWaker]> = (0..STREAMS).map(|_| AtomicWaker::new()).collect();
    let newcomers = Newcomers::<Boxed>::new();
    for number in 0..STREAMS {
        let (polls, bells) = (polls.clone(), bells.clone());
        newcomers.push(Box::pin(poll_fn(move |cx| {
            polls[number].fetch_add(1, SeqCst);
            bells[number].register(cx.waker());
            Poll::Pending
        })));
    }
    let connection = pin!(pending::<()>());
    let mut serving = Serving::new(connection, newcomers);
    let mut served = pin!(serving.until(pending::<()>()));
    let mut turn = || {
        let _ = served.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        polls.iter().map(|polls| polls.swap(0, SeqCst)).collect::<Vec<_>>()
    };
    assert_eq!(turn(), [1; STREAMS], "newcomers");
    assert_eq!(turn(), [0; STREAMS]);
    bells[7].wake();
    let polls = turn();
    assert_eq!(polls[7], 1);
    assert!(polls.iter().sum::<usize>() <= 3, "those who share its bit, at most");
}

#[tokio::test]
async fn a_stream_is_run_when_it_is_woken_from_elsewhere() {
    let (outside, inside) = oneshot::channel();
    let (done, connection) = oneshot::channel::<()>();
    let newcomers = Newcomers::<Boxed>::new();
    newcomers.push(Box::pin(async move {
        inside.await.unwrap();
        done.send(()).unwrap();
    }));
    let task = tokio::spawn(async move {
        let connection = pin!(connection);
        Serving::new(connection, newcomers).until(pending::<()>()).await
    });
    tokio::task::yield_now().await;
    outside.send(()).unwrap();
    let ended = timeout(Duration::from_secs(10), task).await.expect("it ends").unwrap();
    assert!(matches!(ended, Either::Left(Ok(()))));
}

#[tokio::test]
async fn what_runs_beside_the_connection_may_end_first_and_the_connection_goes_on() {
    let newcomers = Newcomers::<Boxed>::new();
    let (end, connection) = oneshot::channel::<()>();
    let connection = pin!(connection);
    let mut serving = Serving::new(connection, newcomers);
    assert!(matches!(serving.until(tokio::task::yield_now()).await, Either::Right(())));
    end.send(()).unwrap();
    assert!(matches!(serving.until(pending::<()>()).await, Either::Left(Ok(()))));
}

#[test]
fn streams_that_never_rest_leave_others_their_turn() {
    let newcomers = Newcomers::<Boxed>::new();
    newcomers.push(Box::pin(poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::Pending
    })));
    let connection = pin!(pending::<()>());
    let mut serving = Serving::new(connection, newcomers);
    let mut served = pin!(serving.until(pending::<()>()));
    let wakes = Arc::<Wakes>::default();
    let waker = Waker::from(wakes.clone());
    for turn in 1..4 {
        assert!(served.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert_eq!(wakes.0.load(SeqCst), turn);
    }
}

#[test]
fn streams_go_with_their_connection() {
    let held = Arc::new(());
    let newcomers = Newcomers::<Boxed>::new();
    let stream = |held: Arc<()>| -> Boxed {
        Box::pin(async move {
            pending::<()>().await;
            drop(held);
        })
    };
    newcomers.push(stream(held.clone()));
    {
        let connection = pin!(pending::<()>());
        let mut serving = Serving::new(connection, newcomers.clone());
        let served = pin!(serving.until(pending::<()>()));
        assert!(served.poll(&mut Context::from_waker(Waker::noop())).is_pending());
        newcomers.push(stream(held.clone()));
        assert_eq!(Arc::strong_count(&held), 3);
    }
    assert_eq!(Arc::strong_count(&held), 1);
}
