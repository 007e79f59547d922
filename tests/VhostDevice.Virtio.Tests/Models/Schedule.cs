// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Tests.Models;

/// <summary>One side of a ring as a list of small steps, between which the other side may do anything.</summary>
internal interface IActor
{
    /// <summary>Whether there is a next step; false is sleep, which only the other side can end.</summary>
    bool IsAwake { get; }

    void Step();
}

/// <summary>Runs both sides in a random order of steps.</summary>
internal static class Schedule
{
    /// <summary>Returns when <paramref name="done"/>, or false when both sides sleep before that: a wake-up was lost.</summary>
    public static bool TryRun(IActor driver, IActor device, Func<bool> done, Random random)
    {
        // Runs of steps of one side differ in length, so that each side now and then gets far ahead of the other.
        for (long left = 50_000_000; left > 0;)
        {
            if (done())
                return true;
            if (!driver.IsAwake && !device.IsAwake)
                return false;
            IActor actor = random.Next(2) == 0 ? driver : device;
            for (int n = random.Next(3) == 0 ? random.Next(1, 60) : 1; n > 0 && actor.IsAwake && !done(); n--, left--)
                actor.Step();
        }

        throw new InvalidOperationException("The two sides run in circles.");
    }
}
