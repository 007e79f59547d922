// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Scsi;

/// <summary>
/// Queues with a loop each, used by a driver that has a thread for each and sleeps until it is interrupted, while the
/// unit is reset and others come, grow and go: nobody may wait for ever.
/// </summary>
public sealed class LoopLoadTests : IDisposable
{
    private const int Queues = 2;
    private const int Depth = 8;
    private const int Room = 64 * 1024;
    private const int Blocks = 64 * 2048;
    private const byte LogicalUnitReset = 5;

    private readonly TemporaryFolder _folder = new();
    private volatile bool _ends;
    private int _answers;
    private int _ended;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/dev/shm", 400)]
    [InlineData("/var/tmp", 200)]
    public void Nobody_waits_for_ever(string folder, int resets)
    {
        string image = Path.Combine(folder, $"loops-{Environment.ProcessId}.img");
        string second = _folder.At("b.img");
        string control = _folder.At("control");
        byte[] data = new byte[Blocks * 512];
        new Random(1).NextBytes(data);
        File.WriteAllBytes(image, data);
        File.WriteAllBytes(second, new byte[1 << 20]);
        try
        {
            using ScsiDaemon daemon = ScsiDaemon.WithLoops(_folder, Queues, "--control-socket", control, "--image-folder", _folder.Path, image);
            List<string> problems = [];
            Thread[] threads =
            [
                .. Enumerable.Range(0, Queues).Select(i => Start(() => Load(daemon, i), problems)),
                Start(() => ChangeUnits(control, second), problems),
            ];
            ulong function = daemon.Guest.Memory.Allocate(64);
            byte[] reset = [0, 0, 0, 0, LogicalUnitReset, 0, 0, 0, 1, .. new byte[15]];
            for (int i = 0; i < resets && problems.Count == 0; i++)
            {
                daemon.Guest.Memory.Write(function, reset);
                daemon.Guest.Queues[0].Add(DriverBuffer.Readable(function, 24), DriverBuffer.Writable(function + 32, 1));
                daemon.Guest.Queues[0].Submit();
                if (!daemon.Guest.Queues[0].WaitForUsed(Patience.Time))
                {
                    lock (problems)
                        problems.Add($"reset {i} is not answered");
                    break;
                }

                Assert.True(daemon.Guest.Queues[0].TryPop(out _));
                Assert.Equal(0, daemon.Guest.Memory.Span(function + 32, 1)[0]);
            }

            _ends = true;
            foreach (Thread thread in threads)
                thread.Join();
            if (problems.Count > 0)
            {
                daemon.Process.Signal(Libc.SIGUSR1);
                daemon.Process.Err.WaitFor("state: end");
            }

            Assert.True(problems.Count == 0, $"{string.Join("; ", problems)}\n{string.Join("\n", daemon.Process.Err.Lines)}");
            Assert.True(_answers > 1000 && _ended > 0, $"{_answers} answers, {_ended} ended by resets");
            daemon.Process.Signal(Libc.SIGTERM);
            Assert.Equal(0, daemon.Process.WaitForExit());
        }
        finally
        {
            File.Delete(image);
        }
    }

    private static Thread Start(Action action, List<string> problems)
    {
        Thread thread = new(() =>
        {
            try
            {
                action();
            }
#pragma warning disable CA1031 // Every failure is carried over to the test's thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                lock (problems)
                    problems.Add(e.Message);
            }
        })
        { IsBackground = true };
        thread.Start();
        return thread;
    }

    // Reads and writes of any length, a few at a time; all that is looked at is that answers come.
    private void Load(ScsiDaemon daemon, int number)
    {
        DriverQueue queue = daemon.Guest.Queues[2 + number];
        Random random = new(number);
        ulong[] at = new ulong[Depth];
        lock (daemon.Guest)
        {
            for (int i = 0; i < Depth; i++)
                at[i] = daemon.Guest.Memory.Allocate(Room + 512);
        }

        Stack<int> free = new(Enumerable.Range(0, Depth));
        Dictionary<ushort, int> slots = [];
        while (!_ends || slots.Count > 0)
        {
            while (!_ends && free.TryPop(out int slot))
                slots.Add(Send(daemon, queue, at[slot], random), slot);
            if (slots.Count == 0)
                break;
            Assert.True(queue.WaitForUsed(Patience.Time), $"queue {number} waits for {slots.Count} answers");
            while (queue.TryPop(out UsedChain used))
            {
                Assert.True(slots.Remove(used.Id, out int slot));
                free.Push(slot);
                byte response = daemon.Guest.Memory.Span(at[slot] + 100 + 11, 1)[0];
                Assert.True(response is 0 or 2 or 4, $"response {response}");
                Interlocked.Increment(ref _answers);
                if (response != 0)
                    Interlocked.Increment(ref _ended);
            }
        }
    }

    private static ushort Send(ScsiDaemon daemon, DriverQueue queue, ulong at, Random random)
    {
        int count = random.Next(1, Room / 512);
        bool write = random.Next(3) == 0;
        byte[] head = new byte[51];
        head[0] = 1;
        head[19] = write ? (byte)0x2A : (byte)0x28;
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(21), (uint)random.Next(Blocks - count));
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(26), (ushort)count);
        daemon.Guest.Memory.Write(at, head);
        DriverBuffer request = DriverBuffer.Readable(at, 51);
        DriverBuffer answer = DriverBuffer.Writable(at + 100, 108);
        ushort id = write
            ? queue.Add(request, DriverBuffer.Readable(at + 512, (uint)count * 512), answer)
            : queue.Add(request, answer, DriverBuffer.Writable(at + 512, (uint)count * 512));
        queue.Submit();
        return id;
    }

    private void ChangeUnits(string control, string image)
    {
        for (int i = 0; !_ends; i++)
        {
            _ = Command.Program("scsi", "add", "--control-socket", control, $"path={image},target=5").Success();
            using (FileStream file = File.OpenWrite(image))
                file.SetLength((1 + (i % 2)) << 20);
            _ = Command.Program("scsi", "resize", "--control-socket", control, "5").Success();
            _ = Command.Program("scsi", "remove", "--control-socket", control, "5:0").Success();
        }
    }
}
