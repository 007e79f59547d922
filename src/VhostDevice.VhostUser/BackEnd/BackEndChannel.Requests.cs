// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.VhostUser.Wire;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// Requests that the front-end answers. Nobody ever waits for an answer: a front-end may want an answer of its own first
/// (QEMU sends a new memory table between SHMEM_MAP and its answer), and it does not look here at all while it waits for
/// GET_VRING_BASE.
/// </summary>
internal sealed partial class BackEndChannel
{
    private readonly RequestQueue _requests;
    private readonly AnswerReader _answers = new();
    private bool _confused;

    /// <summary>Whether answers can come: a pipe, which some front-ends hand over, has no way back.</summary>
    internal bool CanAnswer { get; }

    /// <summary>Requests that were made and not answered.</summary>
    internal int Outstanding => _requests.Count;

    /// <summary>Makes a request. Its end is always told later, never from here.</summary>
    /// <returns>
    /// EOPNOTSUPP on a pipe, ENOTCONN once the front-end has closed the channel or broken its rules, EAGAIN with
    /// <see cref="RequestQueue.MaxRequests"/> unanswered ones; nothing further is told then.
    /// </returns>
    internal Errno Request(ChannelRequest request)
    {
        Errno errno = !CanAnswer ? Errno.EOPNOTSUPP : IsUnanswerable ? Errno.ENOTCONN : Errno.Success;
        if (errno.IsError)
        {
            request.LetGo();
            return errno;
        }

        if (!_requests.TryAdd(request))
            return Errno.EAGAIN;
        if (_restLength == 0)
            SendRequests();
        SetInterest();
        return Errno.Success;
    }

    /// <inheritdoc cref="Request(ChannelRequest)"/>
    internal Errno Request(BackEndRequest request, ReadOnlySpan<byte> payload, OwnedFd? descriptor, Action<Errno, OwnedFd?> done) =>
        Request(new PlainRequest(request, payload, descriptor, done));

    /// <summary>Ends what waits for an answer, now, with ECANCELED. Before anything waits for the device.</summary>
    internal void CancelRequests()
    {
        _requests.Cancel();
        SetInterest();
    }

    // No answer can come any more, or be told from what is none.
    private bool IsUnanswerable => _broken || !_reads || _confused;

    // Later, because one of them may just be made.
    private void EndUnanswerable()
    {
        if (IsUnanswerable && _requests.Count > 0)
            _loop.Post(() => _requests.Fail(Errno.ENOTCONN));
    }

    private void SendRequests()
    {
        while (!_broken && _requests.HasUnsent && _restLength == 0)
        {
            ChannelRequest next = _requests.Next;
            ReadOnlySpan<byte> message = next.Message;
            nint n = FdMessage.Send(_fd.Fd, message, next.File is { } file ? [file.Fd] : [], out Errno errno, wait: false);
            if (n < 0)
            {
                _broken = errno != Errno.EAGAIN;
                return;
            }

            KeepRest(message[(int)n..]);
            _requests.MarkSent();
        }
    }

    // Answers to what was asked; anything else is of no use.
    private void TakeWhatCame()
    {
        while (!IsUnanswerable && _requests.Awaited is { } awaited)
        {
            switch (_answers.Read(_fd.Fd))
            {
                case ReadResult.Incomplete:
                    return;
                case ReadResult.Complete:
                    TakeAnswer(awaited);
                    break;
                case ReadResult.Closed:
                    _reads = false;
                    break;
                default:
                    Confuse(_answers.Problem);
                    break;
            }
        }

        if (!_broken && _reads)
            _reads = UnwantedInput.ThrowAway(_fd.Fd);
    }

    private void TakeAnswer(ChannelRequest awaited)
    {
        OwnedFd? file = _answers.TakeFile();
        bool agrees = _answers.IsPositive;
        // Where no descriptor was asked for, and after a no, none is of use.
        if (awaited.Kind != BackEndRequest.SharedObjectLookup || !agrees)
        {
            file?.Dispose();
            file = null;
        }

        if (_answers.Header.Request == (uint)awaited.Kind)
        {
            _requests.Answer(agrees ? Errno.Success : Errno.EIO, file);
            return;
        }

        file?.Dispose();
        Confuse($"the front-end answers {WireNames.Of((BackEndRequest)_answers.Header.Request)} where {WireNames.Of(awaited.Kind)} is next");
    }

    // A front-end that confuses its answers loses them, not its device.
    private void Confuse(string problem)
    {
        _confused = true;
        _owner.ChannelBroken(problem);
    }
}
