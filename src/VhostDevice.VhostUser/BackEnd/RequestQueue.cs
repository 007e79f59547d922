// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// The back-end's requests from the moment they are made to their answers, which come in the order of the requests.
/// Each of them ends, with an answer, a cancellation, or the end of the channel.
/// </summary>
/// <param name="fault">Told when the code that a request ends in throws; the others end all the same.</param>
internal sealed class RequestQueue(Action<Exception> fault)
{
    /// <summary>Requests made and not answered, at the most: a front-end that answers none must not cost memory without end.</summary>
    internal const int MaxRequests = 256;

    private readonly Queue<ChannelRequest> _unsent = new();
    private readonly Queue<ChannelRequest> _sent = new();

    internal int Count => _unsent.Count + _sent.Count;

    internal bool HasUnsent => _unsent.Count > 0;

    /// <summary>The next one to send.</summary>
    internal ChannelRequest Next => _unsent.Peek();

    /// <summary>The one that is answered next; null: nothing is to be answered.</summary>
    internal ChannelRequest? Awaited => _sent.TryPeek(out ChannelRequest? request) ? request : null;

    /// <summary>False, and nothing happened, when there are too many already.</summary>
    internal bool TryAdd(ChannelRequest request)
    {
        if (Count >= MaxRequests)
        {
            request.LetGo();
            return false;
        }

        _unsent.Enqueue(request);
        return true;
    }

    /// <summary>The next one is on its way, at least its first byte.</summary>
    internal void MarkSent()
    {
        ChannelRequest request = _unsent.Dequeue();
        request.LetGo();
        _sent.Enqueue(request);
    }

    /// <summary>The awaited one is answered.</summary>
    /// <param name="file">What came with the answer; owned from here on.</param>
    internal void Answer(Errno errno, OwnedFd? file) => End(_sent.Dequeue(), errno, file);

    /// <summary>Cancels all that can be cancelled; the answers to those that were sent are still awaited.</summary>
    internal void Cancel()
    {
        ChannelRequest[] sent = [.. _sent];
        ChannelRequest[] unsent = [.. _unsent];
        _unsent.Clear();
        foreach (ChannelRequest request in unsent)
        {
            if (!request.IsCancellable)
                _unsent.Enqueue(request);
        }

        foreach (ChannelRequest request in sent)
        {
            if (request is { IsCancellable: true, IsCancelled: false })
                Guarded(request, static r => r.Cancel(wasSent: true));
        }

        foreach (ChannelRequest request in unsent)
        {
            if (!request.IsCancellable)
                continue;
            request.LetGo();
            Guarded(request, static r => r.Cancel(wasSent: false));
        }
    }

    /// <summary>No answer will ever come.</summary>
    internal void Fail(Errno errno)
    {
        ChannelRequest[] all = [.. _sent, .. _unsent];
        _sent.Clear();
        _unsent.Clear();
        foreach (ChannelRequest request in all)
        {
            request.LetGo();
            End(request, errno, null);
        }
    }

    private void End(ChannelRequest request, Errno errno, OwnedFd? file)
    {
        if (!request.IsCancelled)
        {
            Guarded(request, r => r.Answered(errno, file));
            return;
        }

        file?.Dispose();
        Guarded(request, r => r.AnsweredLate(errno));
    }

    private void Guarded(ChannelRequest request, Action<ChannelRequest> step)
    {
        try
        {
            step(request);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            fault(e);
        }
    }
}
