// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Support;

/// <summary>How long a test waits for what must happen, on a busy machine.</summary>
internal static class Patience
{
    internal const int Milliseconds = 30_000;

    internal static readonly TimeSpan Time = TimeSpan.FromMilliseconds(Milliseconds);
}
