// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Linux;
using VhostDevice.VhostUser.BackEnd;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;
using Xunit;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>This project's own back-end with a device that copies what it reads to where it may write, on a thread of its own.</summary>
internal sealed class EchoServer : IDisposable
{
    private readonly EventLoop _loop;
    private readonly BackEndServer _server;
    private readonly Thread _thread;

    internal EchoServer()
    {
        Connection = FrontEndConnection.CreatePair(out OwnedFd socket);
        Assert.True(EventLoop.Create(out EventLoop? loop).IsSuccess);
        _loop = loop!;
        Assert.True(BackEndServer.Serve(_loop, socket, () => Device = new Echo(), NullLogger.Instance, out BackEndServer? server).IsSuccess);
        _server = server!;
        _thread = new Thread(() => _loop.Run());
        _thread.Start();
    }

    internal FrontEndConnection Connection { get; }

    internal Echo Device { get; private set; } = null!;

    /// <summary>Runs something on the server's thread.</summary>
    internal void Post(Action action) => _loop.Post(action);

    public void Dispose()
    {
        Connection.Dispose();
        _loop.Stop();
        _thread.Join();
        _server.Dispose();
        _loop.Dispose();
    }

    internal sealed class Echo : RequestDevice
    {
        private readonly byte[] _config = [1, 2, 3, 4];

        public override uint DeviceId => 63;

        public override int QueueCount => 2;

        public override ulong Features => 1;

        public override ReadOnlySpan<byte> Config => _config;

        public override bool TryWriteConfig(int offset, ReadOnlySpan<byte> data)
        {
            data.CopyTo(_config.AsSpan(offset));
            return true;
        }

        internal void ChangeConfig()
        {
            _config[0]++;
            Host.NotifyConfigChanged();
        }

        protected override uint Answer(Virtqueue queue, DescriptorChain request)
        {
            byte[] bytes = new byte[request.ReadableBytes];
            ChainReader reader = request.Reader();
            reader.Read(bytes);
            ChainWriter writer = request.Writer();
            writer.Write(bytes);
            return writer.Written;
        }
    }
}
