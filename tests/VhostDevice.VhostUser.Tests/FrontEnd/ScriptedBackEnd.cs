// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using Xunit;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>
/// A back-end on a thread of its own that answers from a table and writes down what it was asked. It ends when the
/// front-end leaves, or at a request that the table answers with <see cref="HangUp"/>.
/// </summary>
internal sealed class ScriptedBackEnd : IDisposable
{
    internal static readonly byte[] HangUp = [0xff];

    private readonly OwnedFd _socket;
    private readonly Thread _thread;
    private readonly List<string> _log = [];

    internal ScriptedBackEnd(ulong features, ProtocolFeatures protocolFeatures)
    {
        FrontEnd = FrontEndConnection.CreatePair(out _socket);
        Answers[FrontEndRequest.GetFeatures] = _ => U64(features);
        Answers[FrontEndRequest.GetProtocolFeatures] = _ => U64((ulong)protocolFeatures);
        Answers[FrontEndRequest.GetQueueNum] = _ => U64(2);
        Answers[FrontEndRequest.GetMaxMemSlots] = _ => U64(32);
        Answers[FrontEndRequest.GetStatus] = _ => U64(Status);
        Answers[FrontEndRequest.GetVringBase] = payload => [.. payload.AsSpan(0, 4), .. BitConverter.GetBytes(Base)];
        _thread = new Thread(Serve) { IsBackground = true };
    }

    internal FrontEndConnection FrontEnd { get; }

    /// <summary>What to answer to the requests that have an answer of their own. Others are acknowledged when asked.</summary>
    internal Dictionary<FrontEndRequest, Func<byte[], byte[]?>> Answers { get; } = [];

    /// <summary>Requests whose acknowledgement is negative.</summary>
    internal HashSet<FrontEndRequest> Refused { get; } = [];

    internal ulong Status { get; set; }

    internal uint Base { get; set; }

    /// <summary>Descriptors by the name of the request that brought them last.</summary>
    internal Dictionary<FrontEndRequest, OwnedFd> Received { get; } = [];

    internal ScriptedBackEnd Start()
    {
        _thread.Start();
        return this;
    }

    /// <summary>The requests so far, after the back-end has ended.</summary>
    internal IReadOnlyList<string> Log()
    {
        FrontEnd.Dispose();
        Assert.True(_thread.Join(TimeSpan.FromSeconds(20)));
        return _log;
    }

    public void Dispose()
    {
        FrontEnd.Dispose();
        if (_thread.IsAlive)
            _thread.Join();
        _socket.Dispose();
        foreach (OwnedFd fd in Received.Values)
            fd.Dispose();
    }

    internal static byte[] U64(ulong value) => BitConverter.GetBytes(value);

    private void Serve()
    {
        List<OwnedFd> fds = [];
        byte[] head = new byte[MessageHeader.Size];
        while (Fill(head, fds))
        {
            MessageHeader header = MemoryMarshal.Read<MessageHeader>(head);
            byte[] payload = new byte[header.PayloadSize];
            if (!Fill(payload, fds))
                break;
            FrontEndRequest request = (FrontEndRequest)header.Request;
            _log.Add(Describe(request, payload, fds.Count));
            Keep(request, payload, fds);
            byte[]? answer = Answer(header, request, payload);
            if (answer is null)
                continue;
            if (ReferenceEquals(answer, HangUp))
                break;
            header.Flags = MessageFlags.Version1 | MessageFlags.Reply;
            header.PayloadSize = (uint)answer.Length;
            byte[] bytes = [.. MemoryMarshal.AsBytes(new ReadOnlySpan<MessageHeader>(in header)), .. answer];
            FdMessage.Send(_socket.Fd, bytes, default, out _);
        }

        foreach (OwnedFd fd in fds)
            fd.Dispose();
        _socket.Dispose();
    }

    private byte[]? Answer(MessageHeader header, FrontEndRequest request, byte[] payload)
    {
        if (Answers.TryGetValue(request, out Func<byte[], byte[]?>? answer))
            return answer(payload);
        return (header.Flags & MessageFlags.NeedReply) == 0 ? null : U64(Refused.Contains(request) ? 1UL : 0UL);
    }

    private void Keep(FrontEndRequest request, byte[] payload, List<OwnedFd> fds)
    {
        if (request == FrontEndRequest.SetStatus)
            Status = BitConverter.ToUInt64(payload);
        foreach (OwnedFd fd in fds)
        {
            if (Received.Remove(request, out OwnedFd? former))
                former.Dispose();
            Received[request] = fd;
        }

        fds.Clear();
    }

    private static string Describe(FrontEndRequest request, byte[] payload, int fds)
    {
        string text = WireNames.Of(request);
        // Addresses differ from run to run.
        if (payload.Length == 8)
            text += $" {BitConverter.ToUInt64(payload):x}";
        return fds == 0 ? text : $"{text} +{fds}";
    }

    private bool Fill(Span<byte> buffer, List<OwnedFd> fds)
    {
        while (buffer.Length > 0)
        {
            nint n = FdMessage.Receive(_socket.Fd, buffer, FdMessage.MaxFds, fds, out _, out _);
            if (n <= 0)
                return false;
            buffer = buffer[(int)n..];
        }

        return true;
    }
}
