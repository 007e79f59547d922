// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Bench;

/// <summary>Why nothing could be measured, in one line.</summary>
internal sealed class BenchException(string message) : Exception(message);
