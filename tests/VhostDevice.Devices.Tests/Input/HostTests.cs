// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Input;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Input;

/// <summary>Devices of the host: what they say, what they lose, who else has them, and when they are pulled out.</summary>
[Collection(DeviceCollection.Name)]
public sealed class HostTests : LeakChecked
{
    private const int LeftCtrl = 29, RightCtrl = 97;

    private static readonly InputEvent s_lost = new(InputTypes.Sync, 3, 0);

    [Fact]
    public void Reports_come_as_they_are_and_what_came_before_the_guest_does_not()
    {
        FakeInputNode node = new();
        node.Report(TestSource.Key(30, 1));
        node.Now.Apply(TestSource.Key(30, 0));
        using EvdevSource source = Source(node);
        using InputGuest guest = new(source);
        node.Report(TestSource.Key(42, 1), new InputEvent(InputTypes.Misc, 4, 9));
        Assert.Equal([TestSource.Key(42, 1), new InputEvent(InputTypes.Misc, 4, 9)], guest.TakeReport());
        node.Put(new InputEvent(InputTypes.Relative, 8, 1));
        guest.BackEnd.Settle();
        Assert.Equal(1ul, guest.Statistics.Reports);
        node.Put(new InputEvent(InputTypes.Relative, 8, 2), InputEvent.EndOfReport);
        Assert.Equal([new InputEvent(InputTypes.Relative, 8, 1), new InputEvent(InputTypes.Relative, 8, 2)], guest.TakeReport());
    }

    [Fact]
    public void When_the_kernel_dropped_events_the_state_makes_up_for_them()
    {
        FakeInputNode node = new();
        using EvdevSource source = Source(node);
        using InputGuest guest = new(source);
        node.Report(TestSource.Key(42, 1));
        Assert.Equal([TestSource.Key(42, 1)], guest.TakeReport());
        node.Now.Apply(TestSource.Key(42, 0));
        node.Now.Apply(TestSource.Absolute(0, 300));
        // What stands before the loss in its report is as void as what stands behind it.
        node.Put(TestSource.Key(30, 1), s_lost, TestSource.Key(1, 1), InputEvent.EndOfReport);
        Assert.Equal([TestSource.Key(42, 0), TestSource.Absolute(0, 300)], guest.TakeReport());
        node.Report(TestSource.Key(30, 1));
        Assert.Equal([TestSource.Key(30, 1)], guest.TakeReport());
    }

    [Fact]
    public void A_report_without_an_end_is_a_loss()
    {
        FakeInputNode node = new();
        using EvdevSource source = Source(node);
        using InputGuest guest = new(source);
        for (int i = 0; i < 2_000; i++)
            node.Put(new InputEvent(InputTypes.Misc, 4, i));
        node.Now.Apply(TestSource.Key(30, 1));
        node.Put(InputEvent.EndOfReport);
        Assert.Equal([TestSource.Key(30, 1)], guest.TakeReport());
    }

    [Fact]
    public void Repeats_are_the_guests_own_business_if_it_knows_that_the_keyboard_repeats()
    {
        InputDescription keyboard = new();
        keyboard.Add(InputTypes.Key, 30);
        keyboard.Add(InputTypes.Repeat, 0);
        FakeInputNode repeating = new(keyboard), other = new();
        using EvdevSource first = Source(repeating), second = Source(other);
        using InputGuest one = new(first), two = new(second);
        foreach (FakeInputNode node in (FakeInputNode[])[repeating, other])
        {
            node.Report(TestSource.Key(30, 1));
            node.Report(TestSource.Key(30, 2));
            node.Report(TestSource.Key(30, 0));
        }

        Assert.Equal([TestSource.Key(30, 1)], one.TakeReport());
        Assert.Equal([TestSource.Key(30, 0)], one.TakeReport());
        Assert.Equal([TestSource.Key(30, 1)], two.TakeReport());
        Assert.Equal([TestSource.Key(30, 2)], two.TakeReport());
    }

    [Fact]
    public void Leds_go_both_ways_and_come_back_to_nobody()
    {
        FakeInputNode node = new() { Echoes = true };
        node.Leds[0] = 2;
        using EvdevSource source = Source(node);
        using (InputGuest guest = new(source))
        {
            guest.Send(InputTypes.Led, 0, 1);
            guest.Send(InputTypes.Led, 1, 0);
            guest.Send(InputTypes.Sound, 2, 440);
            guest.BackEnd.Settle();
            node.Put(new InputEvent(InputTypes.Led, 1, 1), InputEvent.EndOfReport);
            Assert.Equal([new InputEvent(InputTypes.Led, 1, 1)], guest.TakeReport());
            Assert.Equal(["11 0 1", "11 1 0", "12 2 440"], node.Journal);
        }

        // As they were before the guest.
        Assert.Equal(["11 0 0", "11 1 1", "12 2 0"], node.Journal[3..].Order());
    }

    [Fact]
    public void A_device_is_grabbed_while_a_guest_takes_its_events()
    {
        FakeInputNode node = new();
        using EvdevSource source = Source(node, isGrabbed: true);
        Assert.Empty(node.Journal);
        using (InputGuest guest = new(source))
            Assert.Equal(["grab"], node.Journal);
        Assert.Equal(["grab", "let go"], node.Journal);
    }

    [Fact]
    public void Toggle_keys_give_the_devices_to_the_host_and_back()
    {
        InputDescription keyboard = new();
        foreach (int key in (ReadOnlySpan<int>)[30, LeftCtrl, RightCtrl])
            keyboard.Add(InputTypes.Key, key);
        FakeInputNode keys = new(keyboard), mouse = new();
        GrabToggle toggle = new("ctrl-ctrl");
        using EvdevSource first = Source(keys, isGrabbed: true, toggle), second = Source(mouse, isGrabbed: true, toggle);
        using InputGuest one = new(first), two = new(second);
        mouse.Report(TestSource.Key(0x14A, 1));
        Assert.Equal([TestSource.Key(0x14A, 1)], two.TakeReport());
        Toggle();
        Assert.Equal([TestSource.Key(LeftCtrl, 1)], one.TakeReport());
        Assert.Equal([TestSource.Key(RightCtrl, 1)], one.TakeReport());
        Assert.Equal([TestSource.Key(LeftCtrl, 0)], one.TakeReport());
        Assert.Equal([TestSource.Key(RightCtrl, 0)], one.TakeReport());
        // The button that the guest holds is released for it.
        Assert.Equal([TestSource.Key(0x14A, 0)], two.TakeReport());
        Assert.True(toggle.IsHosts);
        keys.Report(TestSource.Key(30, 1));
        keys.Report(TestSource.Key(30, 0));
        Toggle();
        Assert.Equal([TestSource.Key(0x14A, 1)], two.TakeReport());
        one.BackEnd.Settle();
        keys.Report(TestSource.Key(30, 1));
        Assert.Equal([TestSource.Key(30, 1)], one.TakeReport());
        Assert.Equal(["grab", "let go", "grab"], keys.Journal);
        Assert.Equal(["grab", "let go", "grab"], mouse.Journal);

        void Toggle()
        {
            keys.Report(TestSource.Key(LeftCtrl, 1));
            keys.Report(TestSource.Key(RightCtrl, 1));
            keys.Report(TestSource.Key(LeftCtrl, 0));
            keys.Report(TestSource.Key(RightCtrl, 0));
        }
    }

    [Theory]
    [InlineData("ctrl-ctrl", 29, 97)]
    [InlineData("alt-alt", 56, 100)]
    [InlineData("shift-shift", 42, 54)]
    [InlineData("meta-meta", 125, 126)]
    [InlineData("scrolllock", 70, 70)]
    [InlineData("ctrl-scrolllock", 97, 70)]
    public void Toggle_keys_have_libvirts_names(string name, int first, int second)
    {
        Assert.Contains(name, GrabToggle.Names);
        GrabToggle toggle = new(name);
        InputState keys = new(new InputDescription());
        keys.Apply(TestSource.Key(first, 1));
        Assert.Equal(first == second, toggle.IsPressed(keys));
        keys.Apply(TestSource.Key(second, 1));
        Assert.True(toggle.IsPressed(keys));
    }

    [Fact]
    public void A_device_that_is_pulled_out_and_back_goes_on()
    {
        FakeInputNode node = new(), next = new();
        Queue<IInputNode> found = new([new FakeInputNode(new InputDescription { Name = "another" }), next]);
        RecordingLogger log = new();
        using EvdevSource source = new(
            "/dev/input/x", () => found.TryDequeue(out IInputNode? n) ? (Errno.Success, n) : (Errno.ENOENT, null), node, isGrabbed: true, null, log);
        using InputGuest guest = new(source);
        node.Report(TestSource.Key(30, 1));
        Assert.Equal([TestSource.Key(30, 1)], guest.TakeReport());
        guest.Send(InputTypes.Led, 0, 1);
        next.Now.Apply(TestSource.Key(42, 1));
        node.Pull();
        Assert.Equal([TestSource.Key(30, 0)], guest.TakeReport());
        Assert.Equal([TestSource.Key(42, 1)], guest.TakeReport());
        Assert.Equal(["grab", "11 0 1"], next.Journal);
        next.Report(TestSource.Key(42, 0));
        Assert.Equal([TestSource.Key(42, 0)], guest.TakeReport());
        Assert.Equal(["grab", "11 0 1", "close"], node.Journal);
    }

    [Fact]
    public void Between_guests_another_device_may_take_its_place()
    {
        FakeInputNode node = new(), next = new(new InputDescription { Name = "another" });
        Queue<IInputNode> found = new([next]);
        using EvdevSource source = new(
            "x", () => found.TryDequeue(out IInputNode? n) ? (Errno.Success, n) : (Errno.ENOENT, null), node, false, null, new RecordingLogger());
        using InputGuest guest = new(source);
        node.IsThere = false;
        guest.Reconnect();
        Assert.Equal("another"u8.ToArray(), guest.Select(1));
    }

    [Theory]
    [InlineData("/nonexistent/event0", "there is no input device /nonexistent/event0 ('ls -l /dev/input/by-id' lists what has a lasting name)")]
    [InlineData("/dev/null", "/dev/null is no input device: give a /dev/input/event* or a link to one")]
    [InlineData("name:no such thing", "no input device is called 'no such thing' (/proc/bus/input/devices lists the names)")]
    public void What_cannot_be_opened_is_explained(string place, string expected)
    {
        (Errno errno, IInputNode? node) = InputPlaces.Open(place);
        Assert.Null(node);
        Assert.Equal(expected, InputPlaces.Explain(place, errno));
    }

    private static EvdevSource Source(FakeInputNode node, bool isGrabbed = false, GrabToggle? toggle = null) =>
        new("fake", static () => (Errno.ENOENT, null), node, isGrabbed, toggle, new RecordingLogger());
}
