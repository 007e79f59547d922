// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target.Copy;

/// <summary>How far an EXTENDED COPY is. Belongs to a task, which uses it again.</summary>
internal sealed class CopyRun : ITaskRun
{
    private readonly CopyPart _part = new();
    private CopySegment _segment;
    private ulong _done;
    private bool _isOut;
    private bool _isWriting;
    private int _at;

    /// <summary>What can be asked about it; null: nothing.</summary>
    internal CopyRecord? Record { get; private set; }

    /// <summary>The number of the segment that is being copied.</summary>
    internal int Segment { get; private set; }

    internal void Begin(CopyRecord? record)
    {
        Record = record;
        _segment = default;
        _done = 0;
        _isOut = _isWriting = false;
        _at = 0;
        Segment = -1;
    }

    internal void End(bool well)
    {
        Record?.End(well);
        Record = null;
    }

    public void Abandon() => End(well: false);

    /// <summary>Goes on with the next segment of the list, if there is one.</summary>
    /// <param name="problem">Why it cannot be copied.</param>
    internal bool TryTakeSegment(CopyList list, ScsiTarget target, out SenseCode problem)
    {
        problem = SenseCode.None;
        if (!list.HasSegment(_at))
            return false;
        Segment++;
        _done = 0;
        _segment = default;
        return CopySegment.TryRead(list, list.TakeSegment(ref _at), target, out _segment, out problem);
    }

    /// <summary>Copies the segment, piece by piece.</summary>
    /// <param name="problem">Why it is over when the result is true, or none.</param>
    /// <returns>False: the task is resumed, when a piece that is on its way has arrived or others have had their turn.</returns>
    internal bool Continue(ScsiTask task, out SenseCode problem)
    {
        problem = SenseCode.None;
        ulong done = 0;
        while (true)
        {
            if (_isOut)
            {
                _isOut = false;
                if (!_part.IsGood)
                {
                    problem = SenseCode.CopyTargetFailed;
                    return true;
                }

                Advance();
            }

            if (_done == _segment.Length)
            {
                if (Record is not null && Segment >= 0)
                    Record.Segments = Segment + 1;
                return true;
            }

            int chunk = (int)Math.Min(ScsiTask.ScratchSize, _segment.Length - _done);
            _isOut = true;
            bool ended = _isWriting
                ? _part.Begin(task, _segment.Destination, write: true, _segment.DestinationOffset + _done, chunk)
                : _part.Begin(task, _segment.Source, write: false, _segment.SourceOffset + _done, chunk);
            if (!ended || task.TryYield(ref done, (ulong)chunk))
                return false;
        }
    }

    private void Advance()
    {
        if (_isWriting)
        {
            _done += (ulong)_part.Chunk;
            if (Record is not null)
                Record.Bytes += (ulong)_part.Chunk;
        }

        _isWriting = !_isWriting;
    }
}
