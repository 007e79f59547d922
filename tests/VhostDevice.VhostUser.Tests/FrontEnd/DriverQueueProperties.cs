// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using CsCheck;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.VhostUser.Tests.FrontEnd;

/// <summary>Random drivers and devices: every chain arrives as it was added, comes back once, and nobody sleeps through work.</summary>
public sealed class DriverQueueProperties
{
    private static readonly ushort[] s_starts = [0, 1, 0x7fff, 0xfffe, 0xffff];

    private static readonly Gen<Setup> s_split = Gen.Select(Gen.Int[0, 5], Gen.Bool, Gen.Int[0, 4])
        .Select((log, eventIdx, start) => new Setup(false, (ushort)(1 << log), eventIdx, s_starts[start]));

    private static readonly Gen<Setup> s_packed = Gen.Select(Gen.Int[1, 40], Gen.Bool, Gen.UShort)
        .Select((size, eventIdx, start) => new Setup(true, (ushort)size, eventIdx, (ushort)(((start & 0x7fff) % size) | (start & 0x8000))));

    private static readonly Gen<Setup> s_setup = Gen.OneOf(s_split, s_packed);

    private static readonly Gen<DriverBuffer> s_buffer = Gen.Select(Gen.ULong[0x4000_0000, 0x4001_0000], Gen.UInt[0, 5000], Gen.Bool)
        .Select((address, length, writable) => new DriverBuffer(address, length, writable));

    private static readonly Gen<Step> s_step = Gen.Select(Gen.Int[0, 8], s_buffer.Array[0, 4], s_buffer.Array[0, 9], Gen.UInt)
        .Select((kind, direct, indirect, number) => new Step(kind, direct, indirect, number));

    [Fact]
    public void Random_traffic() =>
        Gen.Select(s_setup, s_step.Array[0, 200]).Sample((setup, steps) =>
        {
            using Traffic traffic = new(setup);
            foreach (Step step in steps)
                traffic.Do(step);
            traffic.Finish();
        }, iter: 2000);

    private sealed record Setup(bool Packed, ushort Size, bool EventIdx, ushort Start);

    private sealed record Step(int Kind, DriverBuffer[] Direct, DriverBuffer[] Indirect, uint Number)
    {
        public override string ToString() => $"{Kind} {Direct.Length}+{Indirect.Length} {Number}";
    }

    private sealed record Request(Piece[] Pieces, ulong Room);

    private sealed class Traffic : IDisposable
    {
        private readonly FrontEndMemory _memory = new(1 << 18);
        private readonly DriverQueue _queue;
        private readonly IDeviceModel _device;
        private readonly Dictionary<ushort, Request> _inFlight = [];
        private readonly Queue<ushort> _published = new();
        private readonly List<ushort> _unpublished = [];
        private readonly List<ushort> _atDevice = [];
        private readonly Queue<UsedChain> _used = new();
        private readonly Setup _setup;
        private bool _deviceSleeps;
        private bool _kicksRefused;
        private bool _driverSleeps;

        internal Traffic(Setup setup)
        {
            _setup = setup;
            if (setup.Packed)
            {
                PackedDriverQueue packed = new(_memory, 0, setup.Size, setup.EventIdx, setup.Start);
                _queue = packed;
                _device = new PackedDeviceModel(_memory, packed.Placement, setup.Size, setup.EventIdx, setup.Start);
            }
            else
            {
                SplitDriverQueue split = new(_memory, 0, setup.Size, setup.EventIdx, setup.Start);
                _queue = split;
                _device = new DeviceModel(_memory, split.Placement, setup.Size, setup.EventIdx, setup.Start);
            }

            _deviceSleeps = !_device.AskForKick();
        }

        internal void Do(Step step)
        {
            switch (step.Kind)
            {
                case 0 or 1 or 2:
                    Add(step.Direct, step.Indirect);
                    break;
                case 3:
                    Publish();
                    break;
                case 4 or 5:
                    Take();
                    break;
                case 6:
                    Use(step.Number);
                    break;
                case 7:
                    Pop();
                    break;
                default:
                    Sleep(step.Number);
                    break;
            }

            Assert.Equal(_inFlight.Count, _queue.InFlight);
        }

        internal void Finish()
        {
            Publish();
            while (_inFlight.Count > 0)
            {
                while (_device.Available > 0)
                    Take();
                while (_atDevice.Count > 0)
                    Use(0x4000_0001u * (uint)_atDevice.Count);
                Pop();
            }

            Assert.Equal(_queue.Size, _queue.FreeDescriptors);
            Assert.False(_queue.HasUsed);
            Assert.Equal(_device.Base, _queue.RingBase);
        }

        public void Dispose()
        {
            ulong before = _memory.FreeBytes;
            _queue.Dispose();
            Assert.True(_memory.FreeBytes > before);
            Assert.Equal(1UL << 18, _memory.FreeBytes);
            _memory.Dispose();
        }

        private void Add(DriverBuffer[] direct, DriverBuffer[] indirect)
        {
            int needed = direct.Length + (indirect.Length > 0 ? 1 : 0);
            if (needed == 0)
                return;
            // A packed ring has no mixture: all of it goes into the table.
            int inRing = _setup.Packed && indirect.Length > 0 ? 0 : direct.Length;
            if (inRing == 0)
                needed = indirect.Length > 0 ? 1 : needed;
            bool fits = needed <= _queue.FreeDescriptors;
            Assert.Equal(fits, _queue.TryAddMixed(direct, indirect, out ushort id));
            if (!fits)
                return;
            DriverBuffer[] all = [.. direct, .. indirect];
            Piece[] pieces = [.. all.Select((b, i) => new Piece(b.Address, b.Length, b.DeviceWritable, i >= inRing))];
            Assert.True(_inFlight.TryAdd(id, new Request(pieces, (ulong)all.Where(b => b.DeviceWritable).Sum(b => b.Length))));
            _unpublished.Add(id);
        }

        private void Publish()
        {
            _queue.Publish();
            bool news = _unpublished.Count > 0;
            _unpublished.ForEach(_published.Enqueue);
            _unpublished.Clear();
            Assert.Equal(_published.Count, _device.Available);
            bool kick = _queue.NeedsKick();
            // A sleeping device must be woken. One that is awake is left alone; without EVENT_IDX, only if it says so. In a
            // packed ring a position that was asked for once comes round after two laps.
            if (_setup is { Packed: true, EventIdx: true } && !_deviceSleeps)
                Assert.False(kick && (_kicksRefused || !news));
            else
                Assert.Equal(news && (_setup.EventIdx ? _deviceSleeps : !_kicksRefused), kick);
            if (kick)
                _deviceSleeps = false;
            Assert.False(_queue.NeedsKick());
        }

        private void Take()
        {
            if (_deviceSleeps || _device.Available == 0)
                return;
            List<Piece> pieces = [];
            ushort head = _device.Take(pieces);
            Assert.Equal(_published.Dequeue(), head);
            Assert.Equal(_inFlight[head].Pieces, pieces);
            _atDevice.Add(head);
        }

        // Any of those that the device holds, so that they come back in any order.
        private void Use(uint number)
        {
            if (_atDevice.Count == 0)
                return;
            int which = (int)(number % (uint)_atDevice.Count);
            ushort head = _atDevice[which];
            _atDevice.RemoveAt(which);
            uint length = (uint)(number % (_inFlight[head].Room + 1));
            _device.Use(head, length);
            _device.PublishUsed();
            _used.Enqueue(new UsedChain(head, length));
            bool interrupt = _device.DriverWantsInterrupt();
            if (_driverSleeps)
                Assert.True(interrupt);
            _driverSleeps &= !interrupt;
        }

        private void Pop()
        {
            _driverSleeps = false;
            while (_queue.TryPop(out UsedChain used))
            {
                Assert.Equal(_used.Dequeue(), used);
                Assert.True(_inFlight.Remove(used.Id));
            }

            Assert.Empty(_used);
        }

        private void Sleep(uint number)
        {
            switch (number % 4)
            {
                case 0:
                    _deviceSleeps = !_device.AskForKick();
                    _kicksRefused = false;
                    break;
                case 1 when !_deviceSleeps:
                    _device.RefuseKicks();
                    _kicksRefused = true;
                    break;
                case 2:
                    _driverSleeps = !_queue.EnableInterrupts();
                    Assert.Equal(_used.Count == 0, _driverSleeps);
                    break;
                case 3 when !_driverSleeps:
                    _queue.DisableInterrupts();
                    break;
                default:
                    break;
            }
        }
    }
}
