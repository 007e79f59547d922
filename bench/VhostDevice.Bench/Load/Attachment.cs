// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Bench.Load;

/// <summary>Connects a driver to a back-end.</summary>
internal static class Attachment
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    // Some back-ends remove their socket when a front-end leaves, and make it anew for the next one.
    internal static FrontEndDevice To(string socketPath, FrontEndDeviceOptions options)
    {
        for (long start = Stopwatch.GetTimestamp(); ; Thread.Sleep(1))
        {
            try
            {
                return FrontEndDevice.Connect(socketPath, options);
            }
            catch (FrontEndException problem) when (problem.Failure == FrontEndFailure.Connect && Stopwatch.GetElapsedTime(start) < s_patience)
            {
            }
        }
    }
}
