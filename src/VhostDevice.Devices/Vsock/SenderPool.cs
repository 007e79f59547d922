// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock;

/// <summary>The threads that send messages for connections of one guest: made when they are needed, used again.</summary>
internal sealed class SenderPool : IDisposable
{
    /// <summary>Connections of messages that need a thread each, at a time.</summary>
    internal const int MaxSenders = 64;

    private readonly List<MessageSender> _all = [];
    private readonly Stack<MessageSender> _free = new();

    /// <inheritdoc cref="IFlowOwner.TryTakeSender"/>
    internal bool TryTake(EventLoop loop, int fd, [NotNullWhen(true)] out MessageSender? sender)
    {
        if (!_free.TryPop(out sender) && _all.Count < MaxSenders)
        {
            sender = new MessageSender(loop, _free.Push);
            _all.Add(sender);
        }

        if (sender is null)
            return false;
        if (Files.SetBlocking(fd).IsSuccess)
            return true;
        _free.Push(sender);
        sender = null;
        return false;
    }

    public void Dispose()
    {
        foreach (MessageSender sender in _all)
            sender.Dispose();
    }
}
