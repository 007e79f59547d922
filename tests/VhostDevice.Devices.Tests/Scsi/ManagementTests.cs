// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>
/// Task management functions of every kind while commands wait and are at work, against what the driver knows, in both
/// ring layouts.
/// </summary>
[Collection(DeviceCollection.Name)]
public sealed class ManagementTests : LeakChecked
{
    private const int Slots = 12;
    private const int SlotSize = 2048;
    private const int Steps = 3000;

    [Theory]
    [InlineData(false, 1, 1)]
    [InlineData(false, 1, 2)]
    [InlineData(true, 1, 3)]
    [InlineData(true, 1, 4)]
    [InlineData(false, 3, 5)]
    [InlineData(true, 3, 6)]
    public void Every_command_is_answered_once_and_as_the_functions_say(bool packed, int loops, int seed)
    {
        TestStore store = new(1 << 20);
        using ScsiFixture fixture = new(store, queues: loops, loops: loops);
        FrontEndDeviceOptions options = ScsiGuest.Options with { QueueSizes = [64, 16, .. Enumerable.Repeat((ushort)64, loops)] };
        using FrontEndDevice guest = fixture.Attach(packed ? options.Packed() : options);
        fixture.BackEnd.With(_ => store.Holds = true);
        Driver driver = new(guest);
        Random random = new(seed);
        for (int i = 0; i < Steps; i++)
        {
            switch (random.Next(8))
            {
                case 0 or 1 or 2:
                    driver.Send(random);
                    break;
                case 3:
                    driver.Manage(random);
                    break;
                default:
                    int which = random.Next();
                    fixture.BackEnd.With(_ =>
                    {
                        if (store.Held > 0 && loops > 1 && which % 2 == 0)
                            store.ReleaseAtHome(which / 2 % store.Held);
                        else if (store.Held > 0)
                            store.Release(which % store.Held);
                    });
                    break;
            }

            if (random.Next(4) == 0)
                fixture.BackEnd.Settle();
            driver.Look();
        }

        fixture.BackEnd.With(_ => store.Holds = false);
        while (driver.Out > 0)
        {
            fixture.BackEnd.With(_ =>
            {
                while (store.Held > 0)
                    store.Release();
            });
            fixture.BackEnd.Settle();
            driver.Look();
        }

        fixture.BackEnd.With(_ => Assert.Equal(0, fixture.Target.Find(0, 0)!.TaskCount));
        // It was a test of something.
        Assert.True(
            driver.Aborted > 20 && driver.Good > 100 && driver.Queried > 0,
            $"{driver.Aborted} aborted, {driver.Good} good, {driver.Queried} found by queries");
    }

    /// <summary>The driver's side: what is out, and what may come back.</summary>
    private sealed class Driver(FrontEndDevice guest)
    {
        private readonly ulong _memory = guest.Memory.Allocate(2 * Slots * SlotSize);
        private readonly Command?[] _commands = new Command?[Slots];
        private readonly Function?[] _functions = new Function?[Slots];
        private readonly Dictionary<(int Queue, ushort Id), int> _commandOf = [];
        private readonly Dictionary<ushort, int> _functionOf = [];
        private ulong _tag;

        internal int Out => _commands.Count(c => c is not null) + _functions.Count(f => f is not null);

        internal int Aborted { get; private set; }

        internal int Good { get; private set; }

        internal int Queried { get; private set; }

        internal void Send(Random random)
        {
            int slot = Array.IndexOf(_commands, null);
            if (slot < 0)
                return;
            Command command = new(++_tag);
            // The device may see it before a function that is on its way.
            foreach (Function? each in _functions)
            {
                if (each is not null && Means(each.Kind, each.Tag, command))
                    command.Concerns(each.Kind);
            }

            ulong at = _memory + (ulong)(slot * SlotSize);
            // A write at times; ordered and head of queue at times.
            bool write = random.Next(3) == 0;
            string cdb = $"{(write ? "2A" : "28")} 00 {random.Next(1000):X8} 00 0001 00";
            byte[] head = ScsiGuest.Head(cdb, "0100400000000000", command.Tag, (byte)(random.Next(6) switch { 0 => 1, 1 => 2, _ => 0 }));
            guest.Memory.Write(at, head);
            guest.Memory.Span(at + 1024, 108).Fill(0xEE);
            int queue = random.Next(2, guest.Queues.Count);
            Assert.True(write
                ? guest.Queues[queue].TryAdd(
                    [DriverBuffer.Readable(at, (uint)head.Length + 512), DriverBuffer.Writable(at + 1024, 108)],
                    out ushort id)
                : guest.Queues[queue].TryAdd([DriverBuffer.Readable(at, (uint)head.Length), DriverBuffer.Writable(at + 1024, 108 + 512)], out id));
            _commands[slot] = command;
            _commandOf.Add((queue, id), slot);
            guest.Queues[queue].Submit();
        }

        internal void Manage(Random random)
        {
            int slot = Array.IndexOf(_functions, null);
            if (slot < 0)
                return;
            TaskManagementFunction kind = (TaskManagementFunction)random.Next(8);
            Command?[] alive = [.. _commands.Where(c => c is not null)];
            ulong tag = alive.Length > 0 && random.Next(4) > 0 ? alive[random.Next(alive.Length)]!.Tag : 999_999;
            Function function = new(kind, tag, [.. alive.Where(c => Means(kind, tag, c!)).Select(c => c!)]);
            if (IsAbort(kind))
            {
                foreach (Command each in function.Meant)
                    each.Concerns(kind);
                // Told at the next command, whichever that is.
                if (kind is TaskManagementFunction.LogicalUnitReset or TaskManagementFunction.NexusReset)
                    Attentions += 1;
            }

            byte[] request = new byte[24];
            BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(4), (uint)kind);
            request[8] = 1;
            BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(16), tag);
            ulong at = _memory + (ulong)((Slots + slot) * SlotSize);
            guest.Memory.Write(at, request);
            guest.Memory.Span(at + 64, 1)[0] = 0xEE;
            Assert.True(guest.Queues[0].TryAdd([DriverBuffer.Readable(at, 24), DriverBuffer.Writable(at + 64, 1)], out ushort id));
            _functions[slot] = function;
            _functionOf.Add(id, slot);
            guest.Queues[0].Submit();
        }

        private int Attentions { get; set; }

        /// <summary>Takes what came back: functions first, because behind those nothing that they ended may be missing.</summary>
        internal void Look()
        {
            while (guest.Queues[0].TryPop(out UsedChain used))
            {
                Assert.True(_functionOf.Remove(used.Id, out int slot));
                Function function = _functions[slot]!;
                _functions[slot] = null;
                byte response = guest.Memory.Span(_memory + (ulong)((Slots + slot) * SlotSize) + 64, 1)[0];
                LookAtCommands();
                Check(function, response);
            }

            LookAtCommands();
        }

        private static bool IsAbort(TaskManagementFunction kind) =>
            kind is not (TaskManagementFunction.ClearAca or TaskManagementFunction.QueryTask or TaskManagementFunction.QueryTaskSet);

        private static bool Means(TaskManagementFunction kind, ulong tag, Command command) => kind switch
        {
            TaskManagementFunction.AbortTask or TaskManagementFunction.QueryTask => command.Tag == tag,
            _ => true,
        };

        private void Check(Function function, byte response)
        {
            switch (function.Kind)
            {
                case TaskManagementFunction.ClearAca:
                    Assert.Equal(11, response);
                    break;
                case TaskManagementFunction.QueryTask or TaskManagementFunction.QueryTaskSet:
                    Assert.True(response is 0 or 10);
                    // What it found was out when it was asked, or was sent since then.
                    Assert.True(response == 0 || function.Meant.Count > 0 || function.Kind == TaskManagementFunction.QueryTaskSet);
                    Queried += response == 10 ? 1 : 0;
                    break;
                default:
                    Assert.Equal(0, response);
                    Assert.All(
                        function.Meant,
                        c =>
                            Assert.True(
                                c.IsAnswered, $"{function.Kind} was answered before command {c.Tag}, which it meant"));
                    break;
            }
        }

        private void LookAtCommands()
        {
            for (int queue = 2; queue < guest.Queues.Count; queue++)
                LookAtCommands(queue);
        }

        private void LookAtCommands(int queue)
        {
            while (guest.Queues[queue].TryPop(out UsedChain used))
            {
                Assert.True(_commandOf.Remove((queue, used.Id), out int slot));
                Command command = _commands[slot]!;
                _commands[slot] = null;
                Assert.False(command.IsAnswered);
                command.IsAnswered = true;
                Span<byte> answer = guest.Memory.Span(_memory + (ulong)(slot * SlotSize) + 1024, 108);
                switch (answer[11])
                {
                    case 0 when answer[10] == 0:
                        Good++;
                        break;
                    case 0:
                        Assert.Equal(2, answer[10]);
                        // Unit reset, or the loss of the nexus.
                        Assert.Contains($"{answer[14]:X2}/{answer[24]:X2}/{answer[25]:X2}", (string[])["06/29/03", "06/29/07"]);
                        Assert.True(Attentions > 0);
                        Attentions--;
                        break;
                    default:
                        Assert.True(
                            answer[11] switch { 2 => command.MayAbort, 4 => command.MayReset, _ => false },
                            $"command {command.Tag} was answered with {answer[11]} for no reason");
                        Aborted++;
                        break;
                }
            }
        }

        private sealed record Function(TaskManagementFunction Kind, ulong Tag, List<Command> Meant);

        private sealed class Command(ulong tag)
        {
            internal ulong Tag => tag;

            internal bool MayAbort { get; private set; }

            internal bool MayReset { get; private set; }

            internal bool IsAnswered { get; set; }

            internal void Concerns(TaskManagementFunction kind)
            {
                bool reset = kind is TaskManagementFunction.LogicalUnitReset or TaskManagementFunction.NexusReset;
                MayReset |= reset;
                MayAbort |= !reset && IsAbort(kind);
            }
        }
    }
}
