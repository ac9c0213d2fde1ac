//! What a program without the standard library brings itself: memory, and an end for what must not happen.

use core::panic::PanicInfo;

/// Of one kilobyte; the usual one has eight.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// A defect of the player: JavaScript gets a `RuntimeError`. The text goes to the console only where it is debugged, for
/// the texts of panics are large.
#[panic_handler]
fn panic(panic: &PanicInfo<'_>) -> ! {
    #[cfg(debug_assertions)]
    web_sys::console::error_1(&alloc::string::ToString::to_string(panic).into());
    let _ = panic;
    core::arch::wasm32::unreachable()
}
