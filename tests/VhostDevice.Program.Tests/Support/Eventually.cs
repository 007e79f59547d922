// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Support;

/// <summary>Waits for what only shows in /proc, where nothing can be waited for.</summary>
internal static class Eventually
{
    private const int BetweenLooksMilliseconds = 5;

    internal static void Holds(Func<bool> condition, Func<string> problem)
    {
        long end = Environment.TickCount64 + Patience.Milliseconds;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < end, problem());
            Thread.Sleep(BetweenLooksMilliseconds);
        }
    }
}
