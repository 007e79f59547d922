// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.Intrinsics.X86;

namespace VhostDevice.Bench.Measuring;

/// <summary>A moment's rest between two looks.</summary>
internal static class Spin
{
    internal static void Once()
    {
        // Thread.SpinWait rests for tens of nanoseconds, too long for what is measured here.
        if (X86Base.IsSupported)
            X86Base.Pause();
        else
            Thread.SpinWait(1);
    }
}
