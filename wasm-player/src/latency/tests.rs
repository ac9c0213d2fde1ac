use super::rate::{RATE_MAX, RATE_MIN};
use super::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const STEP: f64 = 0.1;

/// A media element whose input arrives in real time, with the faults that a test injects.
struct Simulation {
    controller: Controller,
    now: f64,
    buffered: Vec<(f64, f64)>,
    current_time: f64,
    rate: f64,
    playing: bool,
    decoder_stuck: bool,
    /// What the renderer wants ahead before it goes on after it ran dry; a seek makes it forget that.
    wants_ahead: f64,
    ran_dry: bool,
    seeks: Vec<f64>,
    rates: Vec<f64>,
}

impl Simulation {
    fn new(target: f64, already_buffered: f64) -> Self {
        Self {
            controller: Controller::new(target),
            now: 1000.0,
            buffered: vec![(0.0, already_buffered)],
            current_time: 0.0,
            rate: 1.0,
            playing: true,
            decoder_stuck: false,
            wants_ahead: 0.0,
            ran_dry: false,
            seeks: Vec::new(),
            rates: Vec::new(),
        }
    }

    fn latency(&self) -> f64 {
        self.buffered.last().expect("never empty").1 - self.current_time
    }

    /// Lets `seconds` pass while `input` seconds of media arrive for each second.
    fn run(&mut self, seconds: f64, input: f64) {
        for _ in 0..(seconds / STEP).round() as usize {
            self.step(input);
        }
    }

    fn step(&mut self, input: f64) {
        self.now += STEP;
        self.buffered.last_mut().expect("never empty").1 += STEP * input;
        if self.playing && !self.decoder_stuck {
            let available = ahead(&self.buffered, self.current_time);
            self.ran_dry = if self.ran_dry { available < self.wants_ahead } else { available < STEP };
            if !self.ran_dry {
                self.current_time += (STEP * self.rate).min(available);
            }
        }
        let action = self.controller.update(&Playback {
            now: self.now,
            buffered: &self.buffered,
            current_time: self.current_time,
            playing: self.playing,
        });
        match action {
            Action::None => {}
            Action::Rate(rate) => {
                self.rate = rate;
                self.rates.push(rate);
            }
            Action::Seek(time) => {
                self.current_time = time;
                self.rate = 1.0;
                self.decoder_stuck = false;
                self.ran_dry = false;
                self.seeks.push(time);
            }
        }
    }

    fn assert_near_target(&self) {
        let (latency, target) = (self.latency(), self.controller.target());
        assert!((latency - target).abs() < 0.1, "latency {latency} is away from the target {target}");
    }
}

#[test]
fn at_the_target_it_leaves_the_element_alone() {
    let mut simulation = Simulation::new(0.35, 0.35);
    simulation.run(60.0, 1.0);
    assert_eq!(simulation.rates, [0.0; 0]);
    assert_eq!(simulation.seeks, [0.0; 0]);
    simulation.assert_near_target();
}

#[test]
fn a_small_excess_is_worked_off_by_the_rate_without_a_seek() {
    let mut simulation = Simulation::new(0.35, 0.7);
    simulation.run(20.0, 1.0);
    assert_eq!(simulation.seeks, [0.0; 0]);
    simulation.assert_near_target();
    assert!(
        simulation.rates.iter().all(|rate| (RATE_MIN..=RATE_MAX).contains(rate)),
        "{:?}",
        simulation.rates
    );
    assert_eq!(simulation.rate, 1.0, "the rate must be 1 again at the target");
}

#[test]
fn too_near_the_edge_it_slows_down() {
    let mut simulation = Simulation::new(0.35, 0.15);
    simulation.run(10.0, 1.0);
    assert!(simulation.rates.first().is_some_and(|&rate| rate < 1.0), "{:?}", simulation.rates);
    assert_eq!(simulation.rate, 1.0);
    simulation.assert_near_target();
}

#[test]
fn a_renderer_that_wants_more_after_each_stall_is_helped_by_a_seek() {
    let mut simulation = Simulation::new(0.35, 0.35);
    simulation.wants_ahead = 1.6;
    simulation.run(10.0, 1.0);
    simulation.run(2.0, 0.0);
    let stood = simulation.current_time;
    simulation.run(1.0, 1.0);
    assert!(simulation.current_time > stood + 0.2, "it still stands, or has just begun to move");
    assert_eq!(simulation.seeks.len(), 1);
    simulation.run(60.0, 1.0);
    simulation.assert_near_target();
}

#[test]
fn a_short_stall_is_helped_likewise() {
    let mut simulation = Simulation::new(0.35, 0.35);
    simulation.wants_ahead = 1.6;
    simulation.run(10.0, 1.0);
    simulation.run(0.5, 0.0);
    let stood = simulation.current_time;
    simulation.run(1.2, 1.0);
    assert!(simulation.current_time > stood + 0.2, "it still stands, or has just begun to move");
    assert_eq!(simulation.seeks.len(), 1);
}

#[test]
fn the_gop_cache_at_a_join_is_skipped_by_one_seek() {
    let mut simulation = Simulation::new(0.35, 2.0);
    simulation.run(5.0, 1.0);
    assert_eq!(simulation.seeks.len(), 1);
    simulation.assert_near_target();
}

#[test]
fn the_gop_cache_of_a_new_connection_is_skipped_too() {
    let mut simulation = Simulation::new(0.35, 0.35);
    simulation.run(10.0, 1.0);
    simulation.buffered[0].1 += 1.0;
    simulation.controller.rejoined(simulation.now);
    simulation.run(2.0, 1.0);
    assert_eq!(simulation.seeks.len(), 1);
    simulation.assert_near_target();
}

#[test]
fn there_is_no_seek_before_playback_has_settled() {
    let mut simulation = Simulation::new(0.35, 5.0);
    simulation.run(0.5, 1.0);
    assert_eq!(simulation.seeks, [0.0; 0]);
}

#[test]
fn a_burst_after_an_outage_is_jumped_over() {
    let mut simulation = Simulation::new(0.35, 0.35);
    simulation.run(10.0, 1.0);
    simulation.run(5.0, 0.0);
    assert_eq!(simulation.controller.stalls(), 1);
    simulation.buffered[0].1 += 5.0;
    simulation.run(3.0, 1.0);
    assert_eq!(simulation.seeks.len(), 1);
    assert_eq!(simulation.controller.target(), 0.35, "an outage is no reason to buffer more");
    simulation.assert_near_target();
}

#[test]
fn a_short_stall_raises_the_target_which_decays_when_all_is_well() {
    let mut simulation = Simulation::new(0.35, 0.35);
    simulation.run(10.0, 1.0);
    simulation.run(1.0, 0.0);
    simulation.run(1.0, 1.0);
    let raised = simulation.controller.target();
    assert!(raised > 0.5, "target {raised}");
    simulation.run(25.0, 1.0);
    assert_eq!(simulation.controller.target(), raised, "it must not come down at once");
    simulation.run(120.0, 1.0);
    assert!(simulation.controller.target() < 0.36);
    simulation.assert_near_target();
}

#[test]
fn stalls_never_raise_the_target_without_bound() {
    let mut simulation = Simulation::new(0.35, 0.35);
    for _ in 0..20 {
        simulation.run(3.0, 1.0);
        simulation.run(2.5, 0.0);
    }
    assert!(simulation.controller.stalls() > 5);
    assert!(simulation.controller.target() <= TARGET_MAX);
}

#[test]
fn a_hole_is_jumped_when_the_playhead_reaches_it() {
    let mut simulation = Simulation::new(0.35, 0.35);
    simulation.run(5.0, 1.0);
    let edge = simulation.buffered[0].1;
    simulation.buffered.push((edge + 0.4, edge + 0.4));
    simulation.run(2.0, 1.0);
    assert_eq!(simulation.seeks.len(), 1);
    assert!(simulation.current_time > edge + 0.4);
}

#[test]
fn media_that_starts_after_zero_is_found_even_when_paused() {
    let mut simulation = Simulation::new(0.35, 0.0);
    simulation.buffered = vec![(100.0, 100.2)];
    simulation.playing = false;
    simulation.run(0.1, 1.0);
    assert_eq!(simulation.seeks.len(), 1);
    assert!(simulation.seeks[0] >= 100.0);
}

#[test]
fn a_pause_is_respected_and_the_live_edge_found_again_after_it() {
    let mut simulation = Simulation::new(0.35, 0.35);
    simulation.run(5.0, 1.0);
    simulation.playing = false;
    simulation.run(10.0, 1.0);
    assert_eq!(simulation.seeks, [0.0; 0]);
    assert_eq!(simulation.controller.stalls(), 0);
    simulation.playing = true;
    simulation.run(2.0, 1.0);
    assert_eq!(simulation.seeks.len(), 1);
    simulation.assert_near_target();
}

#[test]
fn back_in_the_foreground_it_jumps_even_when_little_behind() {
    let mut simulation = Simulation::new(0.35, 0.35);
    simulation.run(5.0, 1.0);
    simulation.buffered[0].1 += 1.0;
    simulation.controller.jump_to_live();
    simulation.step(1.0);
    assert_eq!(simulation.seeks.len(), 1);
    simulation.assert_near_target();
}

#[test]
fn a_decoder_that_is_stuck_with_data_ahead_is_freed_by_a_jump() {
    let mut simulation = Simulation::new(0.35, 0.35);
    simulation.run(10.0, 1.0);
    simulation.decoder_stuck = true;
    simulation.run(2.0, 1.0);
    assert_eq!(simulation.seeks.len(), 1);
    assert_eq!(simulation.controller.stalls(), 0, "it did not run dry");
}

#[test]
fn a_rebuilt_source_keeps_what_was_learnt_of_the_network() {
    let mut simulation = Simulation::new(0.35, 0.35);
    simulation.run(10.0, 1.0);
    simulation.run(1.0, 0.0);
    simulation.run(1.0, 1.0);
    let (target, stalls) = (simulation.controller.target(), simulation.controller.stalls());
    simulation.controller.restart();
    assert_eq!((simulation.controller.target(), simulation.controller.stalls()), (target, stalls));
    assert!(stalls == 1 && target > 0.35);
}

#[test]
fn with_nothing_buffered_there_is_nothing_to_do() {
    let mut controller = Controller::new(0.12);
    let playback = Playback { now: 1.0, buffered: &[], current_time: 0.0, playing: true };
    assert_eq!(controller.update(&playback), Action::None);
}

#[test]
fn media_that_comes_late_raises_the_target_before_the_next_delay() {
    let mut controller = Controller::new(0.16);
    for frame in 0..500 {
        let time = f64::from(frame) * 0.04;
        let late = if frame % 50 == 0 { 0.3 } else { 0.0 };
        controller.arrived(time + late, time);
    }
    assert!((0.34..0.4).contains(&controller.target()), "target {}", controller.target());
}

#[test]
fn a_clock_that_jumps_is_no_delay() {
    let mut controller = Controller::new(0.16);
    controller.arrived(10.0, 10.0);
    controller.clock_changed();
    controller.arrived(10.5, 10.04);
    assert_eq!(controller.target(), 0.16);
}

#[test]
fn a_stall_of_a_few_tenths_counts_even_if_media_came_meanwhile() {
    let mut simulation = Simulation::new(0.16, 0.16);
    simulation.run(5.0, 1.0);
    simulation.run(0.2, 0.0);
    simulation.decoder_stuck = true;
    simulation.run(0.3, 1.0);
    simulation.decoder_stuck = false;
    simulation.run(0.5, 1.0);
    assert_eq!(simulation.controller.stalls(), 1);
}

#[test]
fn stalls_that_are_over_before_anybody_looks_count_when_the_element_tells_of_them() {
    let mut simulation = Simulation::new(0.16, 0.16);
    let mut hiccup = |seconds: f64| {
        simulation.run(seconds, 1.0);
        simulation.controller.ran_dry(simulation.now + 0.05, simulation.current_time + 0.05);
        simulation.run(1.0, 1.0);
        (simulation.controller.stalls(), simulation.controller.target())
    };
    // One is an accident, also when the last was long ago.
    assert_eq!(hiccup(5.0), (1, 0.16));
    assert_eq!(hiccup(40.0), (2, 0.16));
    let (stalls, target) = hiccup(5.0);
    assert_eq!(stalls, 3);
    assert!(target > 0.2, "{target}");
}

#[test]
fn running_dry_at_the_start_or_by_a_seek_is_no_stall() {
    let mut simulation = Simulation::new(0.16, 0.16);
    simulation.controller.ran_dry(simulation.now, 0.0);
    simulation.run(0.3, 1.0);
    simulation.controller.ran_dry(simulation.now, simulation.current_time);
    simulation.run(5.0, 1.0);
    simulation.buffered[0].1 += 3.0;
    simulation.run(0.2, 1.0);
    assert_eq!(simulation.seeks.len(), 1);
    simulation.controller.ran_dry(simulation.now, simulation.current_time);
    simulation.run(1.0, 1.0);
    assert_eq!(simulation.controller.stalls(), 0);
}
