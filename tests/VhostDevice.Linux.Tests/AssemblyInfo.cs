// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
// Descriptors and mappings belong to the process: tests that ran side by side could not count their own.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
