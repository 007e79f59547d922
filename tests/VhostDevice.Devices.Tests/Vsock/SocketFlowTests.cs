// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Vsock;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using Xunit;

namespace VhostDevice.Devices.Tests.Vsock;

/// <summary>One connection alone, without a device: no state in which it waits for somebody lasts for ever.</summary>
[Collection(DeviceCollection.Name)]
public sealed class SocketFlowTests : VsockTests
{
    [Fact]
    public void A_host_program_that_says_nothing_has_its_patience()
    {
        using Owner owner = new();
        Socket program = owner.Connect();
        StreamSocket.Accept(owner.Listener.Fd, owner.Flow.Socket).Ok();
        owner.Flow.BeginGreeting();
        owner.ExpectEndAfter(SocketState.Greeting, FlowPatience.GreetingMs, SocketState.Free);
        VsockFixture.ExpectCleanEnd(program);
    }

    [Fact]
    public void A_guest_that_does_not_answer_has_its_patience()
    {
        using Owner owner = new();
        Socket program = owner.Connect();
        VsockFixture.Send(program, "CONNECT 52\n");
        StreamSocket.Accept(owner.Listener.Fd, owner.Flow.Socket).Ok();
        owner.Flow.BeginGreeting();
        owner.ExpectEndAfter(SocketState.Requested, FlowPatience.ConnectMs, SocketState.Closing);
        VsockFixture.ExpectCleanEnd(program);
    }

    [Fact]
    public void A_host_program_whose_backlog_stays_full_has_its_patience()
    {
        using Owner owner = new() { ConnectResult = Errno.EAGAIN };
        owner.Flow.ConnectForGuest(Owner.Packet(VsockOp.Request));
        owner.ExpectEndAfter(SocketState.Connecting, FlowPatience.ConnectMs, SocketState.Closing);
        Assert.True(owner.Connects > 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public unsafe void A_host_program_that_reads_nothing_of_the_rest_has_its_patience(bool isListed)
    {
        using Owner owner = new();
        owner.Flow.IsListed = true;
        owner.Flow.ConnectForGuest(Owner.Packet(VsockOp.Request));
        Assert.Equal(SocketState.Open, owner.Flow.State);
        byte[] bytes = new byte[1 << 20];
        owner.Flow.Account((uint)bytes.Length);
        fixed (byte* p = bytes)
            owner.Flow.Write([new IoVec(p, (nuint)bytes.Length)], (uint)bytes.Length);
        owner.Flow.ReceiveControl(Owner.Packet(VsockOp.Shutdown, VsockFlags.ShutdownBoth));
        if (!isListed)
            owner.Flow.ReceiveControl(Owner.Packet(VsockOp.Reset));
        owner.ExpectEndAfter(SocketState.Draining, FlowPatience.DrainMs, isListed ? SocketState.Closing : SocketState.Free);
        Assert.Contains(owner.Lines.From(LogLevel.Warning), l => l.Contains("reads nothing", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_room_for_what_the_guest_sends_there_is_no_connection()
    {
        using Owner owner = new() { Window = 0 };
        owner.Flow.ConnectForGuest(Owner.Packet(VsockOp.Request));
        Assert.Equal((SocketState.Closing, 0), (owner.Flow.State, owner.Connects));
    }

    /// <summary>Stands for the device, and for the machine's end: a Unix socket, or what it is told to say.</summary>
    private sealed class Owner : IFlowOwner, IVsockHost
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flow-");
        private readonly string _path;
        private readonly UnixAddress _ports;
        private readonly List<Socket> _programs = [];

        internal Owner()
        {
            _path = Path.Combine(_folder.FullName, "1");
            Listener = Expect.Made(UnixSocket.Listen(_path, out OwnedFd? listener), listener);
            _ports = Expect.Made(UnixAddress.Create(_folder.FullName + "/", out UnixAddress? ports), ports);
            Loop = Expect.Made(EventLoop.Create(out EventLoop? loop), loop);
            Flow = new SocketFlow(this) { Key = new VsockKey(VsockCid.Host, 1, 5000, VsockType.Stream) };
        }

        public EventLoop Loop { get; }

        public ILogger Log => Lines;

        public ulong Cid => 3;

        public IVsockHost Host => this;

        public long Now { get; private set; } = 1000;

        public bool Greets => true;

        public bool CutsMessages => false;

        public bool HidesClose => false;

        internal RecordingLogger Lines { get; } = new();

        internal OwnedFd Listener { get; }

        internal SocketFlow Flow { get; }

        internal uint Window { get; init; } = 2 << 20;

        internal Errno? ConnectResult { get; init; }

        internal int Connects { get; private set; }

        internal static VsockHeader Packet(ushort op, uint flags = 0) => new() { Op = op, Flags = flags, BufferSize = 65536 };

        internal Socket Connect()
        {
            Socket program = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            _programs.Add(program);
            program.Connect(new UnixDomainSocketEndPoint(_path));
            return program;
        }

        internal void ExpectEndAfter(SocketState state, int milliseconds, SocketState end)
        {
            Assert.Equal(state, Flow.State);
            Now += milliseconds - 1;
            Flow.Tick(Now);
            Assert.Equal(state, Flow.State);
            Now++;
            Flow.Tick(Now);
            Assert.Equal(end, Flow.State);
        }

        public void Activate(VsockFlow flow) => flow.IsReady = true;

        public void Time(SocketFlow flow) => flow.IsTimed = true;

        public void EndGreeting(SocketFlow flow, uint guestPort) => flow.IsListed = true;

        public void Unlist(SocketFlow flow) => flow.IsListed = false;

        public void Free(SocketFlow flow) => flow.Clear();

        public uint TakeWindow(bool messages) => Window;

        public void ReturnWindow(uint bytes)
        {
        }

        public bool TryTakeSender(int fd, [NotNullWhen(true)] out MessageSender? sender)
        {
            sender = null;
            return false;
        }

        public void NoteNoDescriptors(Errno errno)
        {
        }

        public bool Serves(ulong cid) => true;

        public Errno Connect(uint port, bool messages, WatchedFd target)
        {
            Connects++;
            return ConnectResult ?? _ports.Connect(port, messages, target);
        }

        public Errno Start(EventLoop loop, VsockGuest guest) => Errno.Success;

        public void Dispose()
        {
            Flow.Dispose();
            _programs.ForEach(static p => p.Dispose());
            Listener.Dispose();
            Loop.Dispose();
            _folder.Delete(recursive: true);
        }
    }
}
