// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Scsi;

/// <summary>A running scsi daemon with one guest.</summary>
internal sealed class ScsiDaemon : IDisposable
{
    private const int HeadSize = 51;
    private const int AnswerSize = 108;

    private static readonly FrontEndDeviceOptions s_options = new() { MemorySize = 4 << 20, ReplyTimeout = Patience.Time };

    private readonly ulong _memory;

    internal ScsiDaemon(TemporaryFolder folder, params string[] arguments)
        : this(folder, ProgramFile.Path, ["scsi", "-s", folder.At("scsi"), .. arguments], queues: 1)
    {
    }

    /// <summary>One that another program starts: with the options, then the daemon and its own.</summary>
    internal static ScsiDaemon Behind(TemporaryFolder folder, string program, string[] options, params string[] arguments) =>
        new(folder, program, [.. options, ProgramFile.Path, "scsi", "-s", folder.At("scsi"), .. arguments], queues: 1);

    private ScsiDaemon(TemporaryFolder folder, string program, string[] arguments, int queues)
    {
        Process = ChildProcess.Start(program, arguments);
        Process.Err.WaitFor($"listening on {folder.At("scsi")}");
        Guest = FrontEndDevice.Connect(folder.At("scsi"), s_options with { QueueSizes = [16, 16, .. Enumerable.Repeat((ushort)64, queues)] });
        _memory = Guest.Memory.Allocate(1 << 20);
        // The power on.
        Assert.Equal(2, Run("000000000000").Status);
    }

    internal ChildProcess Process { get; }

    /// <summary>Key, code and qualifier of the last command that failed: "07/27/07"; empty when it went well.</summary>
    internal string Sense { get; private set; } = "";

    /// <summary>One that may not write beyond so many KiB of any file (RLIMIT_FSIZE).</summary>
    internal static ScsiDaemon WithFileLimit(TemporaryFolder folder, int kibibytes, params string[] arguments) => new(
        folder, "/bin/bash",
        [
            "-c", $"ulimit -f {kibibytes} && exec \"$0\" \"$@\"", ProgramFile.Path, "scsi", "-s", folder.At("scsi"),
            .. arguments,
        ],
        queues: 1);

    /// <summary>One with so many request queues, each of which has a loop.</summary>
    internal static ScsiDaemon WithLoops(TemporaryFolder folder, int queues, params string[] arguments) => new(
        folder, ProgramFile.Path, ["scsi", "-s", folder.At("scsi"), "--num-queues", $"{queues}", "--loop-per-queue", .. arguments], queues);

    internal FrontEndDevice Guest { get; }

    /// <summary>Sends a command, given in hexadecimal digits, to the unit 0 of a target, through a request queue.</summary>
    internal (byte Response, byte Status, byte[] Data) Run(string cdb, int room = 0, byte[]? data = null, byte target = 0, int queue = 0)
    {
        byte[] request = new byte[HeadSize + (data?.Length ?? 0)];
        request[0] = 1;
        request[1] = target;
        Convert.FromHexString(cdb.Replace(" ", "", StringComparison.Ordinal)).CopyTo(request, 19);
        data?.CopyTo(request, HeadSize);
        Guest.Memory.Write(_memory, request);
        ulong answerAt = _memory + (512 << 10);
        DriverQueue requests = Guest.Queues[2 + queue];
        requests.Add(DriverBuffer.Readable(_memory, (uint)request.Length), DriverBuffer.Writable(answerAt, (uint)(AnswerSize + room)));
        requests.Submit();
        Assert.True(requests.WaitForUsed(Patience.Time), "No answer came.");
        Assert.True(requests.TryPop(out UsedChain used));
        byte[] answer = new byte[used.Length];
        Guest.Memory.Read(answerAt, answer);
        Sense = BinaryPrimitives.ReadUInt32LittleEndian(answer) == 0 ? "" : $"{answer[12 + 2]:X2}/{answer[12 + 12]:X2}/{answer[12 + 13]:X2}";
        return (answer[11], answer[10], answer[AnswerSize..]);
    }

    /// <summary>Waits for an event, for which a buffer was given by <see cref="AskForEvent"/>.</summary>
    internal (uint Event, byte Target, uint Reason) NextEvent()
    {
        DriverQueue queue = Guest.Queues[1];
        Assert.True(queue.WaitForUsed(Patience.Time), "No event came.");
        Assert.True(queue.TryPop(out _));
        Span<byte> bytes = Guest.Memory.Span(_memory + (900 << 10), 16);
        return (BinaryPrimitives.ReadUInt32LittleEndian(bytes), bytes[5], BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]));
    }

    internal void AskForEvent()
    {
        Guest.Queues[1].Add(DriverBuffer.Writable(_memory + (900 << 10), 16));
        Guest.Queues[1].Submit();
    }

    public void Dispose()
    {
        Guest.Dispose();
        Process.Dispose();
    }
}
