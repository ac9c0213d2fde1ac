//! Harness for the whole-path tests: starts servers on port 0, publishes, and watches what viewers get.
