//! A hundred reloads under load: whom they do not concern does not notice.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flvgate_tests::binary::Program;
use flvgate_tests::publisher::{self, Publisher};
use flvgate_tests::server::PATIENCE;
use flvgate_tests::viewer::Viewer;
use tokio::task::JoinHandle;

const RELOADS: usize = 100;
const PUBLISHERS: usize = 24;
const VIEWERS_OF_EACH: usize = 10;

/// Streams of a vhost that a reload takes away; the others stay.
const LEAVING: usize = 4;

/// What a hundred configurations may cost for good, in KiB.
const MEMORY_BOUND: u64 = 16 * 1024;

const FRAME_INTERVAL: Duration = Duration::from_millis(50);

/// The server's file, and what comes of changing it.
struct Site {
    program: Program,
    directory: PathBuf,
    base: String,
    reloads: usize,
}

impl Site {
    async fn start(directory: &Path) -> Self {
        let program = Program::start(directory, "", "http_remux { enabled on; }").await;
        let text = std::fs::read_to_string(directory.join("flvgate.conf")).expect("the server has a file");
        let log = format!("srs_log_tank file;\nsrs_log_file {};", directory.join("log").display());
        let base = text.replace("srs_log_tank console;", &log);
        let mut site = Self { program, directory: directory.to_owned(), base, reloads: 0 };
        site.reload(&vhosts(0, true)).await;
        site
    }

    /// Puts `vhosts` into the file, has it read, and waits until that has been answered.
    async fn reload(&mut self, vhosts: &str) {
        std::fs::write(self.directory.join("flvgate.conf"), format!("{}{vhosts}", self.base))
            .expect("there is room for a configuration");
        self.program.hang_up();
        self.reloads += 1;
        let answered = async {
            while self.log().matches("eloaded (SIGHUP)").count() < self.reloads {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, answered).await.expect("a reload is answered");
    }

    fn log(&self) -> String {
        // It is not there before the first reload has made it.
        std::fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }
}

/// The vhosts of one configuration: one that is new, one that is another than before, and those that stay.
fn vhosts(number: usize, with_leaving: bool) -> String {
    let remux = "http_remux { enabled on; }";
    let leaving = if with_leaving { format!("vhost leaving.local {{ {remux} }}\n") } else { String::new() };
    let length = 1 + number % 20;
    format!(
        "vhost stay.local {{ {remux} }}\n{leaving}vhost new{number}.local {{ {remux} }}\n\
         vhost changed.local {{ {remux} play {{ queue_length {length}; }} }}\n"
    )
}

/// One who publishes until the test ends.
fn publish(url: String) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut publisher = Publisher::connect(&url).await;
        for number in 1.. {
            tokio::time::sleep(FRAME_INTERVAL).await;
            publisher.push(number * 50, &publisher::keyframe(number, 200)).await;
        }
    })
}

/// A viewer, who counts what comes until the stream ends; a connection that breaks is a panic.
struct Watching {
    bytes: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Watching {
    async fn join(url: &str) -> Self {
        let mut viewer = Viewer::join(url).await;
        let bytes = Arc::<AtomicU64>::default();
        let counted = bytes.clone();
        let task = tokio::spawn(async move {
            while let Some(data) = viewer.next().await {
                counted.fetch_add(data.len() as u64, Ordering::Relaxed);
            }
        });
        Self { bytes, task }
    }

    fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Waits until more has come than `before`.
    async fn goes_on(&self, before: u64) {
        let going_on = async {
            while self.bytes() <= before {
                assert!(!self.task.is_finished(), "a viewer of an untouched vhost was ended");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, going_on).await.expect("an untouched stream goes on");
    }
}

async fn all_go_on(watching: &[Watching]) {
    let before: Vec<_> = watching.iter().map(Watching::bytes).collect();
    for (viewer, before) in watching.iter().zip(before) {
        viewer.goes_on(before).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_reloads_touch_only_the_vhosts_that_they_change() {
    let directory = tempfile::tempdir().expect("there is room for a configuration");
    let mut site = Site::start(directory.path()).await;
    let host = site.program.http_host();

    let (mut publishers, mut leaving_publishers) = (Vec::new(), Vec::new());
    let (mut staying, mut leaving) = (Vec::new(), Vec::new());
    for number in 0..PUBLISHERS {
        let leaves = number < LEAVING;
        let vhost = if leaves { "leaving.local" } else { "stay.local" };
        let stream = format!("s{number}");
        let publisher = publish(format!("{}?vhost={vhost}", site.program.publish_url(&stream)));
        if leaves { &mut leaving_publishers } else { &mut publishers }.push(publisher);
        flvgate_tests::server::wait_until_live(&host, &stream).await;
        for viewer in 0..VIEWERS_OF_EACH {
            let scheme = if viewer % 2 == 0 { "http" } else { "ws" };
            let url = format!("{scheme}://{host}/live/{stream}.flv?vhost={vhost}");
            let watching = Watching::join(&url).await;
            if leaves { &mut leaving } else { &mut staying }.push(watching);
        }
    }
    all_go_on(&staying).await;
    all_go_on(&leaving).await;

    // The first reload without their vhost ends them, all in order.
    site.reload(&vhosts(0, false)).await;
    for viewer in leaving {
        let ended =
            tokio::time::timeout(PATIENCE, viewer.task).await.expect("a viewer without a vhost is ended");
        ended.expect("and its connection does not break");
    }
    for publisher in leaving_publishers {
        // It can only push until the server hangs up.
        let ended = tokio::time::timeout(PATIENCE, publisher).await.expect("its publisher is ended too");
        assert!(ended.is_err_and(|error| error.is_panic()));
    }
    all_go_on(&staying).await;
    let (files, memory) = (site.program.open_files(), site.program.resident_kib());

    let mut refused = 0;
    for number in 1..=RELOADS {
        if number % 10 == 0 {
            site.reload("vhost broken {\n play { gop_cache maybe; }\n").await;
            refused += 1;
        } else {
            site.reload(&vhosts(number, false)).await;
        }
    }
    all_go_on(&staying).await;
    assert!(publishers.iter().all(|publisher| !publisher.is_finished()));
    assert_eq!(site.log().matches("not reloaded (SIGHUP)").count(), refused);
    assert!(site.log().contains("vhost changed.local: play.queue_length 2 -> 3"));

    // Requests for the list of streams are connections, too, and end in their own time.
    let settled = async {
        while site.program.open_files() > files {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.expect("no file descriptor is left behind");
    let grown = site.program.resident_kib().saturating_sub(memory);
    assert!(grown <= MEMORY_BOUND, "{RELOADS} reloads cost {grown} KiB, of at most {MEMORY_BOUND}");
}
