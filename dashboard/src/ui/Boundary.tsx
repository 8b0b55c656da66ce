import { Component, type ReactNode } from 'react';
import { ErrorCard } from './ErrorCard';
import { ChunkMissing } from './loadedLater';

type Props = {
  children: ReactNode;
  /** Each time that it changes, what failed is tried again. */
  again?: unknown;
  /** What stands in place of what failed; absent: a card that says it. */
  instead?: (error: Error, onRetry: () => void) => ReactNode;
};

/** Keeps a part that broke, or whose code did not load, from taking the page with it. */
export class Boundary extends Component<Props, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidUpdate({ again }: Props) {
    if (this.state.error && again !== this.props.again) this.retry();
  }

  private readonly retry = () => {
    const { error } = this.state;
    if (error instanceof ChunkMissing) error.again();
    this.setState({ error: null });
  };

  override render() {
    const { error } = this.state;
    const { children, instead } = this.props;
    if (!error) return children;
    return instead ? instead(error, this.retry) : <ErrorCard error={error} onRetry={this.retry} />;
  }
}
