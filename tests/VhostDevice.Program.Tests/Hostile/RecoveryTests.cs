// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Hostile;

/// <summary>After a ring broke, whatever a front-end does to begin anew, it gets a working device on the same connection.</summary>
public sealed unsafe class RecoveryTests(Survivor daemon) : IClassFixture<Survivor>
{
    private static readonly Dictionary<string, Action<Guest>> s_ways = new()
    {
        ["the whole way of a driver's reset"] = g =>
        {
            g.Device.Reset();
            g.Device.Start();
        },
        ["new parameters and nothing else"] = g =>
        {
            g.Queue.Reset();
            g.Device.StartQueue(g.Queue);
        },
        ["GET_VRING_BASE, then new parameters"] = g =>
        {
            g.Device.Connection.GetVringBase(0);
            g.Queue.Reset();
            g.Device.StartQueue(g.Queue);
        },
        ["disabled, new parameters, enabled"] = g =>
        {
            g.Device.EnableQueues(false);
            g.Queue.Reset();
            g.Device.StartQueue(g.Queue);
            g.Device.EnableQueues(true);
        },
        ["RESET_DEVICE, then new parameters"] = g =>
        {
            g.Device.Connection.ResetDevice().ThrowIfNegative();
            g.Queue.Reset();
            g.Device.StartQueue(g.Queue);
            g.Device.EnableQueues(true);
        },
        ["status 0, then new parameters"] = g =>
        {
            g.Device.Connection.SetStatus(0).ThrowIfNegative();
            g.Queue.Reset();
            g.Device.StartQueue(g.Queue);
            g.Device.EnableQueues(true);
        },
        ["a new table of memory, then new parameters"] = g =>
        {
            g.Device.Connection.SetMemTable(g.Device.Memory).ThrowIfNegative();
            g.Queue.Reset();
            g.Device.StartQueue(g.Queue);
        },
    };

    public static TheoryData<string> Ways => [.. s_ways.Keys];

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_ring_that_broke_is_begun_anew(string way)
    {
        using (Guest guest = Guest.Connect(daemon.Socket))
        {
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(8, guest.Ask(8).Length);
                *guest.Queue.AvailableIndex += 1000;
                guest.Queue.Kick();
                Assert.True(guest.Queue.Notifier!.WaitForError(Patience.Time), "The ring was not reported as broken.");
                s_ways[way](guest);
                Assert.Equal(64, guest.Ask(64).Length);
            }
        }

        daemon.AssertUnharmed();
    }
}
