// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// A request of the back-end that the front-end answers. Exactly one of <see cref="Answered"/> and
/// <see cref="Cancelled"/> is called, on the channel's loop and never while the request is being made;
/// <see cref="AnsweredLate"/> may follow the second.
/// </summary>
internal abstract class ChannelRequest
{
    private readonly byte[] _message;
    private OwnedFd? _file;

    /// <param name="file">Travels with the request; stays the caller's, who may close it at any time.</param>
    protected ChannelRequest(BackEndRequest kind, ReadOnlySpan<byte> payload, OwnedFd? file)
    {
        Kind = kind;
        _message = new byte[MessageHeader.Size + payload.Length];
        MessageHeader header = new()
        {
            Request = (uint)kind,
            Flags = MessageFlags.Version1 | MessageFlags.NeedReply,
            PayloadSize = (uint)payload.Length,
        };
        MemoryMarshal.Write(_message, in header);
        payload.CopyTo(_message.AsSpan(MessageHeader.Size));
        bool held = false;
        file?.DangerousAddRef(ref held);
        _file = held ? file : null;
    }

    internal BackEndRequest Kind { get; }

    /// <summary>What is sent, and not more than <see cref="BackEndChannel.MaxMessage"/> bytes.</summary>
    internal ReadOnlySpan<byte> Message => _message;

    internal OwnedFd? File => _file;

    /// <summary>Cancelled after it was sent: its answer belongs to nobody, and is waited for all the same, because answers come in order.</summary>
    internal bool IsCancelled { get; private set; }

    /// <summary>Whether a stop of a ring ends it.</summary>
    internal virtual bool IsCancellable => true;

    /// <summary>The front-end has the descriptor, or never gets it.</summary>
    internal void LetGo()
    {
        _file?.DangerousRelease();
        _file = null;
    }

    /// <summary>Ends the request for whoever made it.</summary>
    internal void Cancel(bool wasSent)
    {
        IsCancelled = true;
        Cancelled(wasSent);
    }

    /// <param name="errno">Success, EIO when the front-end says no, or why there will be no answer.</param>
    /// <param name="file">What came with the answer, now the request's.</param>
    internal abstract void Answered(Errno errno, OwnedFd? file);

    /// <param name="wasSent">Whether the front-end may carry it out all the same.</param>
    protected abstract void Cancelled(bool wasSent);

    /// <summary>The answer to a request that was cancelled after it was sent, or that none will come.</summary>
    internal virtual void AnsweredLate(Errno errno)
    {
    }
}
