// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio.Devices;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>SET_DEVICE_STATE_FD and CHECK_DEVICE_STATE: what a device keeps goes to another one, and garbage does not.</summary>
[Collection(BackEndCollection.Name)]
public sealed class DeviceStateTests : LeakChecked
{
    [Fact]
    public void State_goes_from_one_device_to_another()
    {
        using TestBackEnd<CountingDevice> source = new(() => new CountingDevice());
        using TestBackEnd<CountingDevice> target = new(() => new CountingDevice());
        byte[] image;
        using (FrontEndDevice front = source.Attach())
        {
            for (ulong i = 1; i <= 5; i++)
                front.Request(0, BitConverter.GetBytes(i * 100), 16);
            front.Stop();
            image = front.Connection.SaveState();
            // Whoever stays after all goes on as well.
            front.Start();
            Assert.Equal(6UL, Count(front));
        }

        using FrontEndDevice other = target.Negotiate();
        other.Connection.LoadState(image);
        other.Start();
        Assert.Equal(6UL, Count(other));
        Assert.Equal(1500UL, target.With(d => d.Sum));
        Assert.Contains("device state was loaded", target.Log.From(LogLevel.Information));
    }

    [Fact]
    public void A_device_without_state_says_so_and_takes_nothing_else()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        byte[] image = c.SaveState();
        Assert.Equal(DeviceStateImage.HeadSize, image.Length);
        Assert.Equal("VDEVSTAT"u8, image.AsSpan(0, 8));
        c.LoadState(image);

        AssertRefused(backEnd, c, DeviceStateImage.Save(new CountingDevice()), "version 2, where this program writes 0");
    }

    [Fact]
    public void A_status_of_0_does_not_lose_the_state_of_a_guest_that_is_paused()
    {
        using TestBackEnd<CountingDevice> backEnd = new(() => new CountingDevice());
        using FrontEndDevice front = backEnd.Attach();
        Count(front);
        // QEMU sends it after it has stopped the rings, before it asks for the state.
        front.Stop();
        front.Connection.SetStatus(0).ThrowIfNegative();
        byte[] image = front.Connection.SaveState();
        front.Start();
        Assert.Equal(2UL, Count(front));

        using TestBackEnd<CountingDevice> target = new(() => new CountingDevice());
        using FrontEndDevice other = target.Negotiate();
        other.Connection.LoadState(image);
        other.Start();
        Assert.Equal(2UL, Count(other));
    }

    [Fact]
    public void A_status_of_0_and_rings_that_begin_anew_reset_the_device()
    {
        using TestBackEnd<CountingDevice> backEnd = new(() => new CountingDevice());
        using FrontEndDevice front = backEnd.Attach();
        Count(front);
        Count(front);
        front.Stop();
        front.Connection.SetStatus(0).ThrowIfNegative();
        front.Queues[0].Reset();
        front.Start();
        Assert.Equal(1UL, Count(front));
        Assert.Equal(["reset"], backEnd.With(d => d.Journal.Lines));
        // RESET_DEVICE is not to be mistaken.
        front.Stop();
        front.Connection.ResetDevice().ThrowIfNegative();
        front.Start();
        Assert.Equal(1UL, Count(front));
    }

    [Fact]
    public void An_older_version_is_what_the_device_makes_of_it()
    {
        using TestBackEnd<CountingDevice> backEnd = new(() => new CountingDevice());
        using FrontEndDevice front = backEnd.Negotiate();
        front.Connection.LoadState(DeviceStateImage.Save(new CountingDevice(version: 1)));
        AssertRefused(
            backEnd,
            front.Connection,
            DeviceStateImage.Save(new CountingDevice(version: 3)),
            "version 3, where this program writes 2: unknown version");
    }

    [Fact]
    public void The_state_of_another_device_is_refused_with_both_names()
    {
        using TestBackEnd<CountingDevice> backEnd = new(() => new CountingDevice());
        using FrontEndConnection c = backEnd.Connect();
        AssertRefused(
            backEnd,
            c,
            DeviceStateImage.Save(new CountingDevice(id: 19)),
            "it is the state of vsock (device id 19), and this device is 42 (42)");
    }

    [Fact]
    public void Garbage_is_refused_and_changes_nothing()
    {
        using TestBackEnd<CountingDevice> backEnd = new(() => new CountingDevice());
        using FrontEndDevice front = backEnd.Attach();
        Count(front);
        front.Stop();
        byte[] good = front.Connection.SaveState();
        Random random = new(1);
        AssertRefused(backEnd, front.Connection, [], "no device state");
        for (int cut = 1; cut < good.Length; cut += 5)
            AssertRefused(backEnd, front.Connection, good[..cut], "");
        for (int i = 0; i < good.Length; i++)
        {
            byte[] bad = [.. good];
            bad[i] ^= (byte)(1 << random.Next(8));
            AssertRefused(backEnd, front.Connection, bad, "");
        }

        byte[] longer = [.. good, 0];
        AssertRefused(backEnd, front.Connection, longer, "16 bytes were announced and 17 came");
        front.Start();
        Assert.Equal(2UL, Count(front));
    }

    [Fact]
    public void Gigabytes_are_not_taken()
    {
        using TestBackEnd<CountingDevice> backEnd = new(() => new CountingDevice());
        using FrontEndConnection c = backEnd.Connect();
        (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: false);
        Assert.Equal(0, c.SetDeviceStateFd(DeviceStateDirection.Load, DeviceStatePhase.Stopped, read).Error);
        read.Dispose();
        byte[] chunk = new byte[1 << 16];
        long sent = 0;
        Assert.Throws<InvalidOperationException>(() =>
        {
            for (; sent < 1L << 30; sent += chunk.Length)
                Expect.Write(write, chunk);
        });
        write.Dispose();
        Assert.InRange(sent, 16 << 20, 18 << 20);
        Assert.NotEqual(0UL, c.CheckDeviceState());
        Assert.Contains("more than 16 MiB", Assert.Single(backEnd.Log.From(LogLevel.Warning)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_front_end_that_does_not_read_or_write_holds_up_nobody()
    {
        using TestBackEnd<CountingDevice> backEnd = new(() => new CountingDevice { Ballast = 4 << 20 });
        using FrontEndConnection c = backEnd.Connect();
        foreach (DeviceStateDirection direction in new[] { DeviceStateDirection.Save, DeviceStateDirection.Load })
        {
            (OwnedFd read, OwnedFd write) = Expect.NewPipe(nonBlocking: false);
            Assert.Equal(0, c.SetDeviceStateFd(direction, DeviceStatePhase.Stopped, direction == DeviceStateDirection.Save ? write : read).Error);
            backEnd.Thread.AssertIdle();
            Payloads.AssertServed(c);
            // Another front-end is served meanwhile.
            using (FrontEndConnection second = backEnd.Connect())
                Payloads.AssertServed(second);
            read.Dispose();
            write.Dispose();
        }
    }

    [Fact]
    public void Large_state_goes_through_a_pipe_in_pieces()
    {
        using TestBackEnd<CountingDevice> backEnd = new(() => new CountingDevice { Ballast = 4 << 20 });
        using FrontEndConnection c = backEnd.Connect();
        byte[] image = c.SaveState();
        Assert.Equal(DeviceStateImage.HeadSize + 16 + (4 << 20), image.Length);
        c.LoadState(image);
    }

    [Fact]
    public void The_check_waits_for_the_end_of_what_is_loaded()
    {
        using TestBackEnd<CountingDevice> backEnd = new(() => new CountingDevice());
        using FrontEndConnection c = backEnd.Connect();
        (OwnedFd read, OwnedFd write) = Expect.NewPipe();
        Assert.Equal(0, c.SetDeviceStateFd(DeviceStateDirection.Load, DeviceStatePhase.Stopped, read).Error);
        read.Dispose();
        byte[] image = DeviceStateImage.Save(new CountingDevice());
        Expect.Write(write, image.AsSpan(0, 20));
        c.Send(FrontEndRequest.CheckDeviceState);
        backEnd.Settle();
        Expect.Write(write, image.AsSpan(20));
        write.Dispose();
        Payloads.AssertAnswer(c, FrontEndRequest.CheckDeviceState, Payloads.Number(0));
        // One answer for one transfer.
        Assert.NotEqual(0UL, c.CheckDeviceState());
    }

    [Fact]
    public void Leaving_while_the_check_waits_ends_the_session()
    {
        using TestBackEnd<CountingDevice> backEnd = new(() => new CountingDevice());
        (OwnedFd read, OwnedFd write) = Expect.NewPipe();
        using (FrontEndConnection c = backEnd.Connect())
        {
            c.SetDeviceStateFd(DeviceStateDirection.Load, DeviceStatePhase.Stopped, read);
            c.Send(FrontEndRequest.CheckDeviceState);
            backEnd.Settle();
        }

        backEnd.WaitForConnections(0);
        read.Dispose();
        write.Dispose();
    }

    [Fact]
    public void A_reader_that_leaves_early_is_told_that_it_has_not_all()
    {
        using TestBackEnd<CountingDevice> backEnd = new(() => new CountingDevice { Ballast = 4 << 20 });
        using FrontEndConnection c = backEnd.Connect();
        (OwnedFd read, OwnedFd write) = Expect.NewPipe();
        c.SetDeviceStateFd(DeviceStateDirection.Save, DeviceStatePhase.Stopped, write);
        write.Dispose();
        Expect.Readable(read, "state");
        Assert.NotEmpty(Expect.ReadSome(read));
        // Not even gone, but it asks as if it had all.
        Assert.NotEqual(0UL, c.CheckDeviceState());
        read.Dispose();

        (read, write) = Expect.NewPipe();
        c.SetDeviceStateFd(DeviceStateDirection.Save, DeviceStatePhase.Stopped, write);
        write.Dispose();
        read.Dispose();
        Assert.NotEqual(0UL, c.CheckDeviceState());
        Assert.Equal(2, backEnd.Log.From(LogLevel.Warning).Count);
    }

    [Fact]
    public void While_rings_run_nothing_is_transferred_and_a_start_ends_a_transfer()
    {
        using TestBackEnd<CountingDevice> backEnd = new(() => new CountingDevice());
        using FrontEndDevice front = backEnd.Attach();
        (OwnedFd read, OwnedFd write) = Expect.NewPipe();
        Assert.NotEqual(0, front.Connection.SetDeviceStateFd(DeviceStateDirection.Save, DeviceStatePhase.Stopped, write).Error);
        Assert.NotEqual(0UL, front.Connection.CheckDeviceState());
        front.Stop();
        Assert.Equal(0, front.Connection.SetDeviceStateFd(DeviceStateDirection.Load, DeviceStatePhase.Stopped, read).Error);
        front.Start();
        Expect.Write(write, DeviceStateImage.Save(new CountingDevice()));
        write.Dispose();
        read.Dispose();
        Assert.NotEqual(0UL, front.Connection.CheckDeviceState());
        Assert.Equal(1UL, Count(front));
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(0, 1)]
    [InlineData(uint.MaxValue, uint.MaxValue)]
    public void Unknown_directions_and_phases_are_refused(uint direction, uint phase)
    {
        using TestBackEnd<CountingDevice> backEnd = new(() => new CountingDevice());
        using FrontEndConnection c = backEnd.Connect();
        (OwnedFd read, OwnedFd write) = Expect.NewPipe();
        Assert.NotEqual(0, c.SetDeviceStateFd((DeviceStateDirection)direction, (DeviceStatePhase)phase, write).Error);
        read.Dispose();
        write.Dispose();
    }

    [Fact]
    public void Files_that_are_no_channel_are_refused()
    {
        using TestBackEnd<CountingDevice> backEnd = new(() => new CountingDevice());
        using FrontEndConnection c = backEnd.Connect();
        using OwnedFd file = Expect.NewMemFd(4096);
        Assert.NotEqual(0, c.SetDeviceStateFd(DeviceStateDirection.Load, DeviceStatePhase.Stopped, file).Error);
        // Or none at all.
        using ReceivedMessage answer = c.Exchange(FrontEndRequest.SetDeviceStateFd, Payloads.Of(default(DeviceStateTransfer)));
        Assert.Equal(DeviceStateReply.NoFd | 1, answer.Read<ulong>());
    }

    [Fact]
    public void A_device_that_fails_to_load_costs_the_transfer()
    {
        using TestBackEnd<CountingDevice> backEnd = new(() => new CountingDevice { Fault = new InvalidOperationException("broken on purpose") });
        using FrontEndConnection c = backEnd.Connect();
        AssertRefused(backEnd, c, DeviceStateImage.Save(new CountingDevice()), "the device failed");
        Payloads.AssertServed(c);
    }

    private static ulong Count(FrontEndDevice front) =>
        BinaryPrimitives.ReadUInt64LittleEndian(front.Request(0, BitConverter.GetBytes(0UL), 16));

    private static void AssertRefused<T>(TestBackEnd<T> backEnd, FrontEndConnection c, byte[] image, string reason)
        where T : VirtioDevice
    {
        backEnd.Log.Clear();
        Assert.Throws<FrontEndException>(() => c.LoadState(image));
        Assert.Contains(reason, string.Join('\n', backEnd.Log.From(LogLevel.Warning)), StringComparison.Ordinal);
    }
}
