// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Console;

/// <summary>A guest that moves to another daemon is told what is different there, and nothing else.</summary>
[Collection(DeviceCollection.Name)]
public sealed class StateTests : LeakChecked
{
    [Fact]
    public void What_differs_is_told()
    {
        byte[] state;
        using (ConsoleGuest guest = new(3, ends: new TestEnd()))
        {
            guest.Add("there", isConsole: false, new TestEnd());
            guest.Open(0, 1);
            state = Save(guest);
        }

        TestEnd console = new();
        using ConsoleGuest moved = new(3, ends: console);
        moved.Add("there", isConsole: false, new TestEnd(isOpen: false));
        moved.Add("new", isConsole: false, new TestEnd());
        Assert.Equal("", Load(moved, 1, state));
        moved.OfferControl();
        Assert.Equal(ConsoleGuest.Message(1, 6, 0), moved.Hear());
        Assert.Equal(ConsoleGuest.Message(2, 1, 1), moved.Hear());
        Assert.True(moved.HearsNothing());
        // The port is open as it was.
        ulong at = moved.Offer(0);
        moved.Thread.Invoke(() => console.Send([1]));
        Assert.Equal([1], moved.Take(0, at));
    }

    [Fact]
    public void A_port_that_is_not_there_is_taken_away()
    {
        byte[] state;
        using (ConsoleGuest guest = new(1, ends: new TestEnd()))
        {
            guest.Open(0);
            state = Save(guest);
        }

        using ConsoleGuest moved = new(1);
        Assert.Equal("", Load(moved, 1, state));
        moved.OfferControl();
        Assert.Equal(ConsoleGuest.Message(0, 2, 0), moved.Hear());
    }

    [Fact]
    public void What_is_no_state_is_refused_and_changes_nothing()
    {
        using ConsoleGuest guest = new(1, ends: new TestEnd());
        guest.Open(0);
        byte[] state = Save(guest);
        for (int i = 0; i < state.Length; i++)
            Assert.Equal("no state of a console", Load(guest, 1, state[..i]));
        Assert.Equal("no state of a console", Load(guest, 2, state));
        Assert.Equal("no state of a console", Load(guest, 1, [.. state, 0]));
        Assert.Equal("no state of a console", Load(guest, 1, [.. state[..^1], 16]));
        Assert.Equal("no state of a console", Load(guest, 1, [1, 0xFF, 0xFF, 0xFF, 0xFF, .. state[5..]]));
        Assert.Equal(
            "the guest's console has room for 2 ports, and this one for 1: start it with --max-ports 2",
            Load(guest, 1, [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]));
        guest.OfferControl(1);
        Assert.True(guest.HearsNothing());
        guest.Write(0, [1]);
    }

    private static byte[] Save(ConsoleGuest guest) => guest.BackEnd.With(static device =>
    {
        ArrayBufferWriter<byte> writer = new();
        device.SaveState(writer);
        return writer.WrittenSpan.ToArray();
    });

    private static string Load(ConsoleGuest guest, uint version, byte[] state) => guest.BackEnd.With(device =>
    {
        bool isLoaded = device.TryLoadState(version, state, out string problem);
        Assert.Equal(isLoaded, problem.Length == 0);
        return problem;
    });
}
