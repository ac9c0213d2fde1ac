//! A hub, and what happens to it.

use std::sync::Arc;
use std::time::Duration;

use flvgate::config::{Config, MountTemplate, SecondPublisher, TimeJitter, Vhost};
use flvgate::hub::{Batch, Hub, Publisher, PublisherInfo, StreamKey, ViewError, Viewer};
use flvgate_media::format::Format;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::media::Encoder;
use crate::viewer::Judge;

/// How many viewers there are at most, the waiting ones included.
const MOST_VIEWERS: usize = 24;

/// What the hub, its runtime and one viewer may take beside what the rings count: tables, tasks, batches, settings.
const FIXED: usize = 6 << 20;
const PER_VIEWER: usize = 600 << 10;

/// Settings that may have been in a feed beside its ring, and a parcel that is over every bound.
const BESIDE_RING: usize = 256 << 10;

struct World {
    hub: Arc<Hub>,
    vhost: Arc<Vhost>,
    publishers: Vec<(Publisher, Encoder)>,
    viewers: Vec<Judge>,
    waiting: Vec<JoinHandle<Result<Viewer, ViewError>>>,
    /// The last keyframe of all publications, and how far their clocks have come.
    gop: u32,
    clock: u32,
    is_wild: bool,
}

/// Takes the input as a plot, and `allocated` as the measure of memory.
pub fn run(bytes: &[u8], allocated: impl Fn() -> usize) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let Some((&[first, second], plot)) = bytes.split_first_chunk() else { return };
        let vhost = Arc::new(vhost(first, second));
        let is_wild = first & 0x80 != 0;
        let mut world = World {
            hub: Hub::new(),
            vhost,
            publishers: Vec::new(),
            viewers: Vec::new(),
            waiting: Vec::new(),
            gop: 0,
            clock: 0,
            is_wild,
        };
        for step in plot.chunks_exact(4) {
            world.step([step[0], step[1], step[2], step[3]]).await;
            world.check(&allocated);
        }
        world.hub.shutdown();
        while !world.viewers.is_empty() {
            world.viewers.retain_mut(|viewer| viewer.read(None).is_ok());
        }
    });
}

/// Rules with small bounds, which small inputs reach.
fn vhost(first: u8, second: u8) -> Vhost {
    let mut vhost = Vhost { name: "v".into(), ..Vhost::default() };
    let (play, remux) = (&mut vhost.play, &mut vhost.http_remux);
    play.gop_cache = first & 1 == 0;
    play.gop_cache_max_frames = [3, 40, 2500, 2500][usize::from(first >> 1 & 3)];
    play.gop_cache_max_bytes = [1024, 20_000, 200_000, 1 << 20][usize::from(first >> 3 & 3)];
    play.queue_max_bytes = [1024, 30_000, 300_000, 1 << 20][usize::from(first >> 5 & 3)];
    play.queue_length = Duration::from_secs([1, 5, 30, 3600][usize::from(second & 3)]);
    play.queue_max_skips = u32::from(second >> 2 & 1) * 3;
    play.mw_latency = Duration::from_millis(u64::from(second >> 3 & 1) * 350);
    play.time_jitter = if second & 16 == 0 { TimeJitter::Full } else { TimeJitter::Zero };
    vhost.min_latency = second & 32 != 0;
    remux.enabled = true;
    let formats = if second & 64 == 0 { &Format::ALL[..] } else { &Format::ALL[..2] };
    let mount = |format: &Format| MountTemplate(format!("/[app]/[stream]{}", format.extension()));
    remux.mounts = formats.iter().map(mount).collect();
    remux.fast_cache = Duration::from_secs(u64::from(second >> 7) * 2);
    remux.guess_has_av = first & 64 == 0;
    remux.drop_if_not_match = second & 128 == 0;
    let second_publisher = if first & 16 == 0 { SecondPublisher::Reject } else { SecondPublisher::Replace };
    vhost.publish.second_publisher = second_publisher;
    vhost.publish.grace_timeout = Duration::from_millis(u64::from(first >> 2 & 1) * 3000);
    vhost
}

fn key(number: u8) -> StreamKey {
    let stream = if number.is_multiple_of(2) { "a" } else { "b" };
    StreamKey { vhost: "v".into(), app: "live".into(), stream: stream.into() }
}

impl World {
    async fn step(&mut self, [what, which, clock, size]: [u8; 4]) {
        match what % 32 {
            0 | 1 => self.publish(which).await,
            2 => self.unpublish(which, clock),
            3..14 => self.push(what / 32, which, clock, size),
            14..16 => self.join(which).await,
            16 | 17 => self.wait(which, clock),
            18..22 => self.read(which),
            22..25 => self.read_all(),
            25 => drop((!self.viewers.is_empty()).then(|| self.viewers.swap_remove(self.pick(which)))),
            26..29 => sleep(Duration::from_millis(u64::from(which) * u64::from(clock) / 4)).await,
            29 => self.reload(which, clock),
            30 => self.follow(which),
            _ => self.cancel_waiting(which),
        }
        self.welcome().await;
    }

    async fn publish(&mut self, which: u8) {
        let published = self.hub.publish(key(which), self.vhost.clone(), PublisherInfo::default());
        // The longest wait is for one who leaves.
        let Ok(Ok(publisher)) = timeout(Duration::from_secs(2), published).await else { return };
        self.gop += 1000;
        let clocks =
            if which & 64 == 0 { [self.clock; 2] } else { [self.clock, self.clock.wrapping_add(600_000)] };
        self.publishers.push((publisher, Encoder::new(self.gop, clocks, self.is_wild)));
        if self.publishers.len() > 4 {
            self.publishers.remove(0);
        }
    }

    fn unpublish(&mut self, which: u8, how: u8) {
        if self.publishers.is_empty() {
            return;
        }
        let (publisher, encoder) = self.publishers.swap_remove(usize::from(which) % self.publishers.len());
        self.gop = self.gop.max(encoder.gop());
        if how & 1 == 0 { drop(publisher) } else { publisher.finish() }
    }

    /// Pushes one tag, or up to two hundred like it.
    fn push(&mut self, who: u8, what: u8, clock: u8, size: u8) {
        let count = self.publishers.len();
        let Some((publisher, encoder)) = self.publishers.get_mut(usize::from(who) % count.max(1)) else {
            return;
        };
        let times = [1, 1, 1, 8, 40, 200][usize::from(what / 16 % 6)];
        let bytes = usize::from(size) * usize::from(size) / if times > 8 { 64 } else { 1 };
        for _ in 0..times {
            if let Some(tag) = encoder.tag(what, clock, bytes) {
                publisher.push(tag);
            }
        }
    }

    async fn join(&mut self, which: u8) {
        let key = key(which);
        let viewed = self.hub.view(&key, format(which), Duration::ZERO);
        // A publisher who is silent is waited for.
        if let Ok(Ok(viewer)) = timeout(Duration::from_secs(2), viewed).await {
            self.admit(viewer);
        }
    }

    fn wait(&mut self, which: u8, seconds: u8) {
        if self.waiting.len() + self.viewers.len() < MOST_VIEWERS {
            let (hub, wait) = (self.hub.clone(), Duration::from_secs(u64::from(seconds / 16)));
            self.waiting.push(tokio::spawn(async move { hub.view(&key(which), format(which), wait).await }));
        }
    }

    async fn welcome(&mut self) {
        let (done, waiting) =
            std::mem::take(&mut self.waiting).into_iter().partition(JoinHandle::is_finished);
        self.waiting = waiting;
        let done: Vec<JoinHandle<_>> = done;
        for joined in done {
            if let Ok(viewer) = joined.await.expect("the hub does not panic") {
                self.admit(viewer);
            }
        }
    }

    fn cancel_waiting(&mut self, which: u8) {
        if !self.waiting.is_empty() {
            self.waiting.swap_remove(usize::from(which) % self.waiting.len()).abort();
        }
    }

    fn follow(&mut self, which: u8) {
        if let Some(viewer) = self.hub.follow(&key(which)) {
            self.admit(viewer);
        }
    }

    fn admit(&mut self, viewer: Viewer) {
        if self.viewers.len() < MOST_VIEWERS {
            self.viewers.push(Judge::new(viewer, self.is_wild));
        }
    }

    fn pick(&self, which: u8) -> usize {
        usize::from(which) % self.viewers.len()
    }

    fn read(&mut self, which: u8) {
        if self.viewers.is_empty() {
            return;
        }
        let at = self.pick(which);
        if self.viewers[at].read(None).is_err() {
            self.viewers.swap_remove(at);
        }
    }

    /// Those of one feed share a batch, as a writer's do, until nobody gets more.
    fn read_all(&mut self) {
        let mut feeds: Vec<_> = self.viewers.iter().map(Judge::feed).collect();
        feeds.sort_unstable();
        feeds.dedup();
        for feed in feeds {
            let mut batch = Batch::default();
            let mut has_more = true;
            while std::mem::take(&mut has_more) {
                self.viewers.retain_mut(|viewer| {
                    let read = if viewer.feed() == feed { viewer.read(Some(&mut batch)) } else { Ok(false) };
                    has_more |= read == Ok(true);
                    read.is_ok()
                });
                batch.clear();
            }
        }
    }

    fn reload(&mut self, first: u8, second: u8) {
        let next = vhost(first, second);
        self.vhost = Arc::new(Vhost { enabled: first % 16 != 15, ..next });
        let config = Config { vhosts: vec![self.vhost.clone()], ..Config::default() };
        self.hub.reconfigure(&Arc::new(config), || ());
    }

    /// Memory is within the bounds, by the rings' own count and by what is really allocated.
    fn check(&mut self, allocated: &impl Fn() -> usize) {
        let clocks = self.publishers.iter().map(|(_, encoder)| encoder.gop());
        self.gop = clocks.max().unwrap_or(0).max(self.gop);
        self.clock = self.clock.wrapping_add(7919);
        let play = &self.vhost.play;
        let ring = play.queue_max_bytes.max(play.gop_cache_max_bytes) + BESIDE_RING;
        let mut buffered = 0;
        for stream in self.hub.streams() {
            let bytes = stream.buffered_bytes as usize;
            assert!(bytes <= Format::ALL.len() * ring, "{bytes} bytes in rings of {ring}");
            buffered += bytes;
        }
        let kept: usize = self.viewers.iter().map(Judge::kept).sum();
        let viewers = self.viewers.len() + self.waiting.len();
        let most = buffered + buffered / 2 + kept + FIXED + viewers * PER_VIEWER;
        let allocated = allocated();
        assert!(allocated <= most, "{allocated} bytes are allocated; {buffered} are counted, {most} at most");
    }
}

fn format(which: u8) -> Format {
    Format::ALL[usize::from(which / 2) % Format::ALL.len()]
}
