//! Publishers and viewers come, go, are slow and meet reloads in any order, on a clock of their own: what each viewer gets
//! can be decoded from its first byte on, each track's clock goes forward, and memory stays within what is configured.
#![no_main]

#[path = "hub/media.rs"]
mod media;
#[allow(dead_code)]
#[path = "../../src/transport_stream.rs"]
mod transport_stream;
#[path = "hub/viewer.rs"]
mod viewer;
#[path = "hub/world.rs"]
mod world;

use std::alloc::System;

use cap::Cap;
use libfuzzer_sys::fuzz_target;

/// Counts what Rust has allocated; libFuzzer's own memory is C++'s.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// What may stay behind: tables that the runtime and lazily made values keep.
const LEFT_BEHIND: usize = 256 * 1024;

fuzz_target!(|bytes: &[u8]| {
    let before = ALLOCATOR.allocated();
    world::run(&bytes[..bytes.len().min(1500)], || ALLOCATOR.allocated().saturating_sub(before));
    let left = ALLOCATOR.allocated().saturating_sub(before);
    assert!(left <= LEFT_BEHIND, "{left} bytes are left behind");
});
