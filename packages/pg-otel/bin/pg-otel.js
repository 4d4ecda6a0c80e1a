#!/usr/bin/env node
// Not in dist: npm links a program when it installs, and in a clone that is before the first build.
require('../dist/cli/main.js');
