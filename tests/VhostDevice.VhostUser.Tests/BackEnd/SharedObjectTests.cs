// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.TestKit.Devices;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Objects that devices of one guest share, and the display's socket.</summary>
[Collection(BackEndCollection.Name)]
public sealed class SharedObjectTests : LeakChecked
{
    private static readonly Guid s_id = new("00112233-4455-6677-8899-aabbccddeeff");

    [Fact]
    public void One_device_finds_what_another_has_added()
    {
        SharedObjectTable table = new();
        FrontEndDeviceOptions options = SharingGuest.Options with { SharedObjects = table };
        using SharingGuest exporter = new(options: options);
        using SharingGuest importer = new(options: options);
        using OwnedFd thing = Expect.NewMemFd(0x5000);
        Assert.Equal(Errno.EIO, LookUp(importer, out _));

        exporter.BackEnd.With(d =>
        {
            d.Objects[s_id] = thing;
            d.Front.AddSharedObject(s_id, d.Note("add")).Ok();
        });
        Assert.Equal([("add", Errno.Success)], exporter.Ends(1));
        Assert.Equal([s_id], table.Ids);
        LookUp(importer, out OwnedFd? found).Ok();
        using (found)
            Assert.Equal(Size(thing), Size(found!));

        // Only who added it may take it back.
        importer.BackEnd.With(static d => d.Front.RemoveSharedObject(s_id, d.Note("remove")).Ok());
        Assert.Equal([("remove", Errno.EIO)], importer.Ends(1));
        exporter.BackEnd.With(static d => d.Front.RemoveSharedObject(s_id, d.Note("remove")).Ok());
        Assert.Equal([("remove", Errno.Success)], exporter.Ends(1));
        Assert.Equal(Errno.EIO, LookUp(importer, out _));
    }

    [Fact]
    public void The_requests_have_the_form_of_the_specification()
    {
        using SharingGuest guest = new(automatic: false);
        guest.BackEnd.With(static d =>
        {
            d.Front.AddSharedObject(s_id, d.Note("add")).Ok();
            d.Front.RemoveSharedObject(s_id, d.Note("remove")).Ok();
            d.Front.LookUpSharedObject(s_id, (e, _) => d.Note("look up")(e)).Ok();
        });
        BackEndRequest[] requests =
        [
            BackEndRequest.SharedObjectAdd, BackEndRequest.SharedObjectRemove, BackEndRequest.SharedObjectLookup,
        ];
        foreach (BackEndRequest request in requests)
        {
            using ReceivedMessage message = guest.Take(request);
            Assert.Equal("00112233445566778899aabbccddeeff", Convert.ToHexStringLower(message.Payload));
            Assert.Empty(message.Fds);
            guest.Channel.Answer(message, 0);
        }

        // A yes without a descriptor is of no use.
        Assert.Equal([("add", Errno.Success), ("remove", Errno.Success), ("look up", Errno.ENOENT)], guest.Ends(3));
    }

    [Fact]
    public void A_descriptor_that_comes_after_a_stop_is_closed()
    {
        using SharingGuest guest = new(automatic: false);
        guest.BackEnd.With(static d => d.Front.LookUpSharedObject(s_id, (e, _) => d.Note("look up")(e)).Ok());
        using ReceivedMessage message = guest.Take(BackEndRequest.SharedObjectLookup);
        guest.Front.Reset();
        Assert.Equal([("look up", Errno.ECANCELED)], guest.Ends(1));
        using OwnedFd thing = Expect.NewMemFd(0x5000);
        // That it is closed is seen by the test's count of descriptors.
        guest.Channel.Answer(message, 0, [thing.Fd]);
        guest.BackEnd.Settle();
    }

    [Fact]
    public void An_object_is_handed_to_the_front_end_that_has_the_device()
    {
        using TestBackEnd<SharingDevice> backEnd = new(() => new SharingDevice());
        using OwnedFd thing = Expect.NewMemFd(0x5000);
        using (FrontEndConnection looking = backEnd.Connect())
        {
            backEnd.WaitForConnections(1);
            backEnd.With(d => d.Objects[s_id] = thing);
            Assert.Null(looking.GetSharedObject(s_id));
        }

        backEnd.WaitForConnections(0);
        using FrontEndDevice front = backEnd.Attach(SharingGuest.Options);
        backEnd.With(d => d.Objects[s_id] = thing);
        using (OwnedFd? found = front.Connection.GetSharedObject(s_id))
            Assert.Equal(Size(thing), Size(found!));
        Assert.Null(front.Connection.GetSharedObject(Guid.Empty));
        using ReceivedMessage answer = front.Connection.Exchange(FrontEndRequest.GetSharedObject, new byte[16]);
        Assert.Equal(new byte[16], answer.Payload);
        Payloads.AssertServed(front.Connection);
    }

    [Fact]
    public void A_display_is_handed_over_first_of_all_and_again()
    {
        using TestBackEnd<SharingDevice> backEnd = new(() => new SharingDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        (OwnedFd ours, OwnedFd theirs) = Expect.NewPair();
        using (ours)
        using (theirs)
        {
            c.GpuSetSocket(theirs.Fd).ThrowIfNegative();
            c.ResetDevice().ThrowIfNegative();
            c.GpuSetSocket(theirs.Fd).ThrowIfNegative();
            Assert.Equal(2, backEnd.With(static d => d.Sockets.Count));
            backEnd.With(static d => Expect.Write(d.Sockets[1], [5]));
            Assert.Equal([5], Expect.ReadSome(ours));
            backEnd.With(static d => d.TakesSocket = false);
            Assert.True(c.GpuSetSocket(theirs.Fd).IsNegative);
        }

        Payloads.AssertServed(c);
    }

    [Fact]
    public void A_device_without_a_display_refuses_one()
    {
        using TestBackEnd<EchoDevice> backEnd = new(() => new EchoDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        (OwnedFd ours, OwnedFd theirs) = Expect.NewPair();
        using (ours)
        using (theirs)
            Assert.True(c.GpuSetSocket(theirs.Fd).IsNegative);
        Assert.Contains("GPU_SET_SOCKET: this device has no display", Assert.Single(backEnd.Log.From(LogLevel.Warning)), StringComparison.Ordinal);
        Payloads.AssertServed(c);
    }

    [Fact]
    public void What_is_no_connected_socket_is_no_display()
    {
        using TestBackEnd<SharingDevice> backEnd = new(() => new SharingDevice());
        using FrontEndConnection c = backEnd.Connect();
        c.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        (OwnedFd read, OwnedFd write) = Expect.NewPipe();
        using OwnedFd file = Expect.NewMemFd(0x5000);
        using OwnedFd listener = Expect.Made(UnixSocket.Listen(backEnd.Path + ".other", out OwnedFd? made), made);
        // A front-end that has gone would keep the device if its own connection were kept open here.
        using FrontEndConnection own = backEnd.Connect();
        using OwnedFd self = Expect.Made(UnixSocket.Connect(backEnd.Path, out OwnedFd? connected), connected);
        using (read)
        using (write)
        {
            foreach (OwnedFd fd in new[] { read, write, file, listener, self })
                Assert.True(c.GpuSetSocket(fd.Fd).IsNegative);
        }

        Assert.Empty(backEnd.With(static d => d.Sockets));
        Payloads.AssertServed(c);
    }

    [Fact]
    public void A_display_waits_for_the_front_end_before()
    {
        using TestBackEnd<SharingDevice> backEnd = new(() => new SharingDevice());
        FrontEndDevice first = backEnd.Attach(SharingGuest.Options);
        using FrontEndConnection second = backEnd.Connect();
        second.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
        (OwnedFd ours, OwnedFd theirs) = Expect.NewPair();
        using OwnedFd display = ours;
        using (theirs)
            second.Send(FrontEndRequest.GpuSetSocket, [], [theirs.Fd], MessageFlags.NeedReply);
        backEnd.Settle();
        Assert.All(backEnd.Devices, static d => Assert.Empty(d.Sockets));
        first.Dispose();
        Payloads.AssertAnswer(second, FrontEndRequest.GpuSetSocket, Payloads.Number(0));
        Assert.Single(backEnd.With(static d => d.Sockets));
    }

    private static Errno LookUp(SharingGuest guest, out OwnedFd? found)
    {
        OwnedFd? file = null;
        guest.BackEnd.With(d => d.Front.LookUpSharedObject(s_id, (e, f) =>
        {
            file = f;
            d.Note("look up")(e);
        }).Ok());
        Errno errno = Assert.Single(guest.Ends(1)).Errno;
        found = file;
        return errno;
    }

    // No two things have the same.
    private static ulong Size(OwnedFd file)
    {
        Files.Stat(file.Fd, out FileFacts facts).Ok();
        return facts.Size;
    }
}
